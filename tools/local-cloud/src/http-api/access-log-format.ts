/** The line of an access log: a format of the stage's own, with `$context` variables in it. */
import { ACCOUNT } from '../arn.ts';
import { type GatewayRequest, type GatewayResponse, headerValues } from './exchange.ts';
import { commonLogTime, domainNameOf } from './request-event.ts';
import type { Selection } from './selection.ts';

/** What is known of a request once it has been answered; times in milliseconds. */
export interface LoggedRequest {
  readonly request: GatewayRequest;
  readonly response: GatewayResponse;
  readonly selection: Selection;
  readonly requestId: string;
  readonly receivedAt: number;
  readonly answeredAt: number;
  /** The claims of the token that let it in. */
  readonly claims?: Readonly<Record<string, string>> | undefined;
  /** What the authorizer had against it. */
  readonly authorizerError?: string | undefined;
  /** What the gateway itself answered instead of the function. */
  readonly errorMessage?: string | undefined;
  readonly integration?: IntegrationResult | undefined;
}

/** How the function was called; `functionStatus` is what it answered, `serviceStatus` what Lambda did. */
export interface IntegrationResult {
  readonly requestId: string;
  readonly latency: number;
  readonly serviceStatus: number | undefined;
  readonly functionStatus: number | undefined;
  readonly error: string | undefined;
}

type Variable = (logged: LoggedRequest) => string | number | undefined;

const integrationError: Variable = ({ integration }) => integration?.error;
const integrationLatency: Variable = ({ integration }) => integration?.latency;
const serviceStatus: Variable = ({ integration }) => integration?.serviceStatus;
const errorMessage: Variable = (logged) => logged.errorMessage;
const requestId: Variable = (logged) => logged.requestId;

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html */
const VARIABLES: Readonly<Record<string, Variable>> = {
  accountId: () => ACCOUNT,
  apiId: ({ selection }) => selection.api.id,
  'authorizer.error': (logged) => logged.authorizerError,
  awsEndpointRequestId: ({ integration }) => integration?.requestId,
  domainName: ({ selection }) => domainNameOf(selection.api),
  domainPrefix: ({ selection }) => selection.api.id,
  'error.message': errorMessage,
  'error.messageString': (logged) =>
    logged.errorMessage === undefined ? undefined : JSON.stringify(logged.errorMessage),
  extendedRequestId: requestId,
  httpMethod: ({ request }) => request.method,
  'identity.sourceIp': ({ request }) => request.sourceIp,
  'identity.userAgent': ({ request }) => headerValues(request, 'user-agent')[0],
  'integration.error': integrationError,
  'integration.integrationStatus': serviceStatus,
  'integration.latency': integrationLatency,
  'integration.requestId': ({ integration }) => integration?.requestId,
  'integration.status': ({ integration }) => integration?.functionStatus,
  integrationErrorMessage: integrationError,
  integrationLatency,
  integrationStatus: serviceStatus,
  path: ({ selection }) => selection.path,
  protocol: ({ request }) => request.protocol,
  requestId,
  requestTime: ({ receivedAt }) => commonLogTime(receivedAt),
  requestTimeEpoch: ({ receivedAt }) => receivedAt,
  responseLatency: ({ receivedAt, answeredAt }) => answeredAt - receivedAt,
  responseLength: ({ response }) => response.body.byteLength,
  routeKey: ({ selection }) => selection.route.key.text,
  stage: ({ selection }) => selection.stage.name,
  status: ({ response }) => response.status,
};

const CLAIM = 'authorizer.claims.';
const REFERENCE = /\$context\.([A-Za-z][\w-]*(?:\.[\w:-]+)*)/g;

/**
 * The format itself, where every variable in it is one that the runtime can fill.
 * @throws Error naming the variable
 */
export function checkFormat(format: string): string {
  const unknown = [...format.matchAll(REFERENCE)].map(([, name = '']) => name).find((name) => !isKnown(name));
  if (unknown !== undefined) throw new Error(`the access log variable $context.${unknown} is not supported`);
  if (!/\$context\.(requestId|extendedRequestId)\b/.test(format))
    throw new Error('Format: an access log must have $context.requestId or $context.extendedRequestId in it');
  return format;
}

/** One line: a variable without a value is `-`; what would break the line or the JSON around it is escaped. */
export function accessLogLine(format: string, logged: LoggedRequest): string {
  return format.replace(REFERENCE, (_, name: string) => {
    const value = name.startsWith(CLAIM) ? logged.claims?.[name.slice(CLAIM.length)] : VARIABLES[name]?.(logged);
    if (value === undefined) return '-';
    return name === 'error.messageString' ? String(value) : JSON.stringify(String(value)).slice(1, -1);
  });
}

function isKnown(name: string): boolean {
  return name.startsWith(CLAIM) || Object.hasOwn(VARIABLES, name);
}
