/** One request through the gateway: route, CORS, throttle, function, answer. */
import { AwsError } from '../aws-error.ts';
import { arn } from '../arn.ts';
import type { Ground } from '../part.ts';
import { type Principal, RawResponse } from '../service.ts';
import { isPreflight, preflightResponse, requestedMethod, withCors } from './cors.ts';
import { gatewayMessage, type GatewayRequest, type GatewayResponse } from './exchange.ts';
import { functionResponse } from './function-response.ts';
import type { Registry } from './registry.ts';
import { newRequestId, requestEvent } from './request-event.ts';
import { DEFAULT_ROUTE } from './route-key.ts';
import { select, type Selection } from './selection.ts';
import { Throttle } from './throttle.ts';

const TIMED_OUT = Symbol('timed out');

/** The data plane of HTTP APIs (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api.html). */
export class Gateway {
  readonly #ground: Ground;
  readonly #registry: Registry;
  readonly #frontDoor: string;
  readonly #throttle: Throttle;

  constructor(ground: Ground, registry: Registry, frontDoor: string) {
    this.#ground = ground;
    this.#registry = registry;
    this.#frontDoor = frontDoor;
    this.#throttle = new Throttle(ground.clock);
  }

  /** Answers every request: what goes wrong behind the gateway is a status, never an exception. */
  async handle(request: GatewayRequest): Promise<GatewayResponse> {
    const requestId = newRequestId();
    const response = await this.#answer(request, requestId);
    return { ...response, headers: { ...response.headers, 'apigw-requestid': requestId } };
  }

  async #answer(request: GatewayRequest, requestId: string): Promise<GatewayResponse> {
    if (isPreflight(request)) {
      const cors = this.#select(requestedMethod(request) ?? '', request.path)?.api.cors;
      if (cors !== undefined) return preflightResponse(cors, request);
    }
    const selection = this.#select(request.method, request.path);
    if (selection === undefined) return gatewayMessage(404, 'Not Found');
    const response = this.#admits(selection)
      ? await this.#integrate(request, selection, requestId)
      : gatewayMessage(429, 'Too Many Requests');
    const { cors } = selection.api;
    return cors === undefined ? response : withCors(cors, request, response);
  }

  #select(method: string, path: string): Selection | undefined {
    return select(this.#registry.apis, this.#frontDoor, method, path);
  }

  #admits({ api, stage, route }: Selection): boolean {
    return stage.limit === undefined || this.#throttle.admits(`${api.id}/${stage.name}/${route.key.text}`, stage.limit);
  }

  async #integrate(request: GatewayRequest, selection: Selection, requestId: string): Promise<GatewayResponse> {
    const { functionArn, timeout } = selection.route.integration;
    const event = requestEvent(request, selection, requestId, this.#ground.clock.now());
    try {
      const answer = await this.#within(timeout, this.#invoke(functionArn, event, selection));
      if (answer === TIMED_OUT) return gatewayMessage(503, 'Service Unavailable');
      return hasFailed(answer) ? gatewayMessage(500, 'Internal Server Error') : functionResponse(answer.body);
    } catch (error) {
      const { api, route } = selection;
      this.#ground.report(`${api.name}, ${route.key.text}: ${functionArn} gave no valid answer: ${String(error)}`);
      return refusal(error);
    }
  }

  /** The function's work counts as activity by itself; waiting for it here does not, so that a clock can run it out of time. */
  async #invoke(functionArn: string, event: unknown, selection: Selection): Promise<RawResponse> {
    const input = {
      FunctionName: functionArn,
      InvocationType: 'RequestResponse',
      Payload: new Uint8Array(Buffer.from(JSON.stringify(event))),
    };
    const output = await this.#ground.dispatcher.call('lambda', 'Invoke', input, caller(selection));
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

function refusal(error: unknown): GatewayResponse {
  if (error instanceof AwsError && error.status === 413) return gatewayMessage(413, 'Request Entity Too Large');
  if (error instanceof AwsError && error.status === 429) return gatewayMessage(503, 'Service Unavailable');
  return gatewayMessage(500, 'Internal Server Error');
}
