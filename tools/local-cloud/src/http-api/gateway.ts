/** One request through the gateway: route, CORS, throttle, authorizer, function, answer, access log. */
import { randomUUID } from 'node:crypto';
import { AwsError } from '../aws-error.ts';
import { arn } from '../arn.ts';
import { messageOf } from '../error-text.ts';
import type { LogSink } from '../logs/index.ts';
import type { Ground } from '../part.ts';
import { type Principal, RawResponse } from '../service.ts';
import { AccessLog } from './access-log.ts';
import type { IntegrationResult, LoggedRequest } from './access-log-format.ts';
import { isPreflight, preflightResponse, requestedMethod, withCors } from './cors.ts';
import { gatewayMessage, type GatewayRequest, type GatewayResponse } from './exchange.ts';
import { functionResponse } from './function-response.ts';
import { IssuerKeys } from './issuer-keys.ts';
import { authorize, type Authorized, type Unauthorized } from './jwt-authorizer.ts';
import type { Registry } from './registry.ts';
import { newRequestId, requestEvent } from './request-event.ts';
import { DEFAULT_ROUTE } from './route-key.ts';
import { select, type Selection } from './selection.ts';
import { Throttle } from './throttle.ts';

const TIMED_OUT = Symbol('timed out');

/** An answer, with what the access log is to say of how it came about. */
type Answered = Pick<LoggedRequest, 'response' | 'claims' | 'authorizerError' | 'errorMessage' | 'integration'>;

/** The data plane of HTTP APIs (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html). */
export class Gateway {
  readonly #ground: Ground;
  readonly #registry: Registry;
  readonly #frontDoor: string;
  readonly #throttle: Throttle;
  readonly #keys: IssuerKeys;
  readonly #accessLog: AccessLog;

  constructor(ground: Ground, logs: LogSink, registry: Registry, frontDoor: string) {
    this.#ground = ground;
    this.#registry = registry;
    this.#frontDoor = frontDoor;
    this.#throttle = new Throttle(ground.clock);
    this.#keys = new IssuerKeys(ground.clock, ground.activity);
    this.#accessLog = new AccessLog(ground, logs);
  }

  /** Answers every request: what goes wrong behind the gateway is a status, never an exception. */
  async handle(request: GatewayRequest): Promise<GatewayResponse> {
    const requestId = newRequestId();
    const response = await this.#answer(request, requestId);
    const date = new Date(this.#ground.clock.now()).toUTCString();
    return { ...response, headers: { date, ...response.headers, 'apigw-requestid': requestId } };
  }

  async #answer(request: GatewayRequest, requestId: string): Promise<GatewayResponse> {
    if (isPreflight(request)) {
      const cors = this.#select(requestedMethod(request) ?? '', request.path)?.api.cors;
      if (cors !== undefined) return preflightResponse(cors, request);
    }
    const receivedAt = this.#ground.clock.now();
    const selection = this.#select(request.method, request.path);
    // Without a route there is no stage here either, whose log could tell of it.
    if (selection === undefined) return gatewayMessage(404, 'Not Found');
    const answered = await this.#answerFrom(selection, request, requestId);
    const { cors } = selection.api;
    const response = cors === undefined ? answered.response : withCors(cors, request, answered.response);
    const answeredAt = this.#ground.clock.now();
    this.#accessLog.write({ ...answered, response, request, selection, requestId, receivedAt, answeredAt });
    return response;
  }

  async #answerFrom(selection: Selection, request: GatewayRequest, requestId: string): Promise<Answered> {
    if (!this.#admits(selection)) return refused(429, 'Too Many Requests');
    const authorized = await this.#authorize(selection, request);
    if (authorized !== undefined && 'response' in authorized)
      return { response: authorized.response, authorizerError: authorized.error };
    return { ...(await this.#integrate(request, selection, requestId, authorized)), claims: authorized?.claims };
  }

  #select(method: string, path: string): Selection | undefined {
    return select(this.#registry.apis, this.#frontDoor, method, path);
  }

  #admits({ api, stage, route }: Selection): boolean {
    const limit = stage.routeLimits?.get(route.key.text) ?? stage.limit;
    return limit === undefined || this.#throttle.admits(`${api.id}/${stage.name}/${route.key.text}`, limit);
  }

  async #authorize({ route }: Selection, request: GatewayRequest): Promise<Authorized | Unauthorized | undefined> {
    const { authorization } = route;
    return authorization && authorize(request, authorization, this.#keys, this.#ground.clock);
  }

  async #integrate(
    request: GatewayRequest,
    selection: Selection,
    requestId: string,
    authorized: Authorized | undefined,
  ): Promise<Answered> {
    const { clock } = this.#ground;
    const { functionArn, timeout } = selection.route.integration;
    const startedAt = clock.now();
    const event = requestEvent(request, selection, requestId, startedAt, authorized);
    const invocationId = randomUUID();
    const result = (rest: Partial<IntegrationResult>): IntegrationResult => ({
      requestId: invocationId,
      latency: clock.now() - startedAt,
      serviceStatus: undefined,
      functionStatus: undefined,
      error: undefined,
      ...rest,
    });
    try {
      const answer = await this.#within(timeout, this.#invoke(functionArn, event, selection, invocationId));
      if (answer === TIMED_OUT)
        return { ...refused(503, 'Service Unavailable'), integration: result({ error: 'Endpoint request timed out' }) };
      if (hasFailed(answer)) {
        const error = 'The Lambda function returned an error.';
        return { ...refused(500), integration: result({ serviceStatus: answer.status, error }) };
      }
      const response = functionResponse(answer.body);
      return { response, integration: result({ serviceStatus: answer.status, functionStatus: response.status }) };
    } catch (error) {
      const { api, route } = selection;
      this.#ground.report(`${api.name}, ${route.key.text}: ${functionArn} gave no valid answer: ${String(error)}`);
      return { ...refusal(error), integration: result({ error: messageOf(error) }) };
    }
  }

  /** The function's work counts as activity by itself; waiting for it here does not, so that a clock can run it out of time. */
  async #invoke(functionArn: string, event: unknown, selection: Selection, requestId: string): Promise<RawResponse> {
    const input = {
      FunctionName: functionArn,
      InvocationType: 'RequestResponse',
      Payload: new Uint8Array(Buffer.from(JSON.stringify(event))),
    };
    const output = await this.#ground.dispatcher.call('lambda', 'Invoke', input, caller(selection), requestId);
    if (output instanceof RawResponse) return output;
    throw new Error('the function service gave no raw response');
  }

  #within<T>(milliseconds: number, work: Promise<T>): Promise<T | typeof TIMED_OUT> {
    return new Promise((resolve, reject) => {
      const timer = this.#ground.clock.after(milliseconds, () => resolve(TIMED_OUT));
      work.then(resolve, reject).finally(() => timer.cancel());
    });
  }
}

/** Who invokes: the gateway, for this route (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html). */
function caller({ api, stage, route }: Selection): Principal {
  const { text, method, path } = route.key;
  const resource =
    text === DEFAULT_ROUTE ? `${api.id}/${stage.name}/${text}` : `${api.id}/${stage.name}/${method}${path}`;
  return { type: 'service', name: 'apigateway.amazonaws.com', sourceArn: arn('execute-api', resource) };
}

function hasFailed(response: RawResponse): boolean {
  return Object.keys(response.headers).some((name) => name.toLowerCase() === 'x-amz-function-error');
}

function refusal(error: unknown): Answered {
  if (error instanceof AwsError && error.status === 413) return refused(413, 'Request Entity Too Large');
  if (error instanceof AwsError && error.status === 429) return refused(503, 'Service Unavailable');
  return refused(500);
}

function refused(status: number, message = 'Internal Server Error'): Answered {
  return { response: gatewayMessage(status, message), errorMessage: message };
}
