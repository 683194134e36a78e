/** Requests in AWS JSON that no client would send, and how AWS answers each. */
import { bytesOf, type RawRequest } from './raw-client.ts';
import { signatureFor } from './test-bench.ts';

/** A request and its answer. */
export interface MalformedCase {
  readonly what: string;
  readonly bytes: Buffer;
  readonly status: number;
  /** What the answer's body must hold. */
  readonly body: RegExp | string;
  /** Headers that the answer must have; every answer of AWS has an id besides. */
  readonly headers?: Readonly<Record<string, unknown>>;
}

interface JsonService {
  readonly name: string;
  readonly scope: string;
  readonly target: string;
  readonly version: '1.0' | '1.1';
}

/** One operation of every service that speaks AWS JSON. */
export const JSON_SERVICES: readonly JsonService[] = [
  { name: 'DynamoDB', scope: 'dynamodb', target: 'DynamoDB_20120810.ListTables', version: '1.0' },
  { name: 'DynamoDB Streams', scope: 'dynamodb', target: 'DynamoDBStreams_20120810.ListStreams', version: '1.0' },
  { name: 'SQS', scope: 'sqs', target: 'AmazonSQS.ListQueues', version: '1.0' },
  { name: 'Step Functions', scope: 'states', target: 'AWSStepFunctions.ListStateMachines', version: '1.0' },
  { name: 'EventBridge', scope: 'events', target: 'AWSEvents.ListEventBuses', version: '1.1' },
  { name: 'SSM', scope: 'ssm', target: 'AmazonSSM.GetParameters', version: '1.1' },
  { name: 'CloudWatch Logs', scope: 'logs', target: 'Logs_20140328.DescribeLogGroups', version: '1.1' },
];

const INCOMPLETE =
  "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. ";
const DIGITS: unknown = expect.stringMatching(/^\d+$/);
/** Far deeper than what a walk by recursion survives. */
export const DEPTH = 100_000;

/** A signed request to a JSON service; what is given replaces parts of it. */
export function jsonRequest({ scope, target, version }: JsonService, { headers, ...rest }: RawRequest = {}): Buffer {
  const usual = { 'content-type': `application/x-amz-json-${version}`, 'x-amz-target': target };
  return bytesOf({ body: '{}', ...rest, headers: { ...usual, ...signatureFor(scope), ...headers } });
}

/** Every way to get a request to one JSON service wrong. */
export function jsonCases(service: JsonService): readonly MalformedCase[] {
  const { scope, version } = service;
  const prefix = version === '1.0' ? 'com.amazon.coral.service#' : '';
  const contentType = `application/x-amz-json-${version}`;
  const answered = (what: string, request: RawRequest, code: string, message?: string | RegExp): MalformedCase => ({
    what: `${service.name}: ${what}`,
    bytes: jsonRequest(service, request),
    status: 400,
    body: typeof message === 'object' ? message : JSON.stringify({ __type: `${prefix}${code}`, message }),
    headers: { 'content-type': contentType, ...checksumOf(service) },
  });
  const unsigned = version === '1.0' ? 'Request is missing Authentication Token' : 'Missing Authentication Token';
  const { authorization } = signatureFor(scope);
  return [
    answered('broken JSON', { body: '{"a":' }, 'SerializationException'),
    answered('no body', { body: '' }, 'SerializationException'),
    answered('a list', { body: '[{}]' }, 'SerializationException', /SerializationException","message":"Start of/),
    answered('null', { body: 'null' }, 'SerializationException', /SerializationException","message":"Start of/),
    answered('deep lists', { body: `{"a":${'['.repeat(DEPTH)}${']'.repeat(DEPTH)}}` }, 'SerializationException'),
    answered('deep maps', { body: '{"a":'.repeat(DEPTH) + '1' + '}'.repeat(DEPTH) }, 'SerializationException'),
    answered('bytes that are no UTF-8', { body: Buffer.from('7b2261223a22ff227d', 'hex') }, 'SerializationException'),
    answered('no target', { headers: { 'x-amz-target': undefined } }, 'UnknownOperationException'),
    answered('a target of no service', { headers: { 'x-amz-target': 'No.Such' } }, 'UnknownOperationException'),
    answered('a target without a dot', { headers: { 'x-amz-target': 'Nothing' } }, 'UnknownOperationException'),
    answered('no target and broken JSON', { headers: { 'x-amz-target': '' }, body: '{' }, 'SerializationException'),
    answered(
      'no signature',
      { headers: { authorization: undefined } },
      'MissingAuthenticationTokenException',
      unsigned,
    ),
    answered(
      'another scheme',
      { headers: { authorization: 'Basic YTpi' } },
      'MissingAuthenticationTokenException',
      unsigned,
    ),
    answered(
      'half a signature',
      { headers: { authorization: 'AWS4-HMAC-SHA256 Credential=a' } },
      'IncompleteSignatureException',
      `${INCOMPLETE}Authorization=AWS4-HMAC-SHA256 Credential=a`,
    ),
    answered(
      'a signature without a date',
      { headers: { 'x-amz-date': undefined } },
      'IncompleteSignatureException',
      `Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=${authorization}`,
    ),
    answered(
      'half a credential',
      { headers: { authorization: 'AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=c, Signature=d' } },
      'IncompleteSignatureException',
      "Credential must have at least 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b'",
    ),
    answered(
      'half a signature in the query',
      { path: '/?X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Date=c', headers: { authorization: undefined } },
      'IncompleteSignatureException',
      "AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. Re-examine the query-string parameters.",
    ),
    answered(
      'two signatures',
      { path: '/?X-Amz-Algorithm=a' },
      'InvalidSignatureException',
      "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
    ),
    answered(
      'a signature for a service that there is not',
      { headers: signatureFor('nothing') },
      'InvalidSignatureException',
      `Credential should be scoped to correct service: '${scope}'. `,
    ),
    ...misplaced(service),
  ];
}

/** Another content type and other methods find no operation. */
function misplaced(service: JsonService): readonly MalformedCase[] {
  const cases: readonly [string, RawRequest][] = [
    ['another type of content', { headers: { 'content-type': 'text/plain' } }],
    ['no type of content', { headers: { 'content-type': undefined } }],
    ['the method GET', { method: 'GET', body: '' }],
    ['the method PUT', { method: 'PUT' }],
    ['the method DELETE', { method: 'DELETE', body: '' }],
  ];
  const signed = cases.map(([what, request]): MalformedCase => ({
    what: `${service.name}: ${what}`,
    bytes: jsonRequest(service, request),
    ...(service.version === '1.0'
      ? { status: 404, body: '<UnknownOperationException/>\n' }
      : { status: 403, body: /^<AccessDeniedException>\n {2}<Message>Unable to determine service\/operation name/ }),
    headers: checksumOf(service),
  }));
  if (service.version === '1.0') return signed;
  return [
    ...signed,
    {
      what: `${service.name}: the method GET without a signature`,
      bytes: jsonRequest(service, { method: 'GET', body: '', headers: { authorization: undefined } }),
      status: 403,
      body: '<MissingAuthenticationTokenException>\n  <Message>Missing Authentication Token</Message>\n</MissingAuthenticationTokenException>\n',
    },
  ];
}

function checksumOf({ scope }: JsonService): Readonly<Record<string, unknown>> {
  return scope === 'dynamodb' ? { 'x-amz-crc32': DIGITS } : {};
}
