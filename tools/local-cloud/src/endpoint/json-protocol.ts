/** AWS JSON 1.0 and 1.1: `POST /` with the operation in `X-Amz-Target`. */
import { crc32 } from 'node:zlib';
import { AwsError } from '../aws-error.ts';
import type { AwsService, Wire } from '../service.ts';
import type { Answer, Exchange, Head } from './exchange.ts';

type JsonWire = Extract<Wire, { protocol: 'json' }>;

/** What the front door of every JSON service answers by itself, whatever the service behind it. */
const FRONT_DOOR = 'com.amazon.coral.service';
const FRONT_DOOR_ERRORS = new Set([
  'AccessDeniedException',
  'IncompleteSignatureException',
  'MissingAuthenticationTokenException',
  'RequestEntityTooLargeException',
  'SerializationException',
  'UnknownOperationException',
]);

/**
 * Finds the service by the prefix of `X-Amz-Target`
 * (https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html).
 */
export class JsonProtocol {
  readonly #services = new Map<
    string,
    { readonly id: string; readonly service: AwsService; readonly wire: JsonWire }
  >();

  constructor(services: ReadonlyMap<string, AwsService>) {
    for (const [id, service] of services) {
      if (service.wire.protocol === 'json')
        this.#services.set(service.wire.targetPrefix, { id, service, wire: service.wire });
    }
  }

  /** The call that `X-Amz-Target` names, or undefined where no service has its prefix. */
  recognise(head: Head): Exchange | undefined {
    const target = String(head.headers['x-amz-target'] ?? '');
    const dot = target.indexOf('.');
    const found = this.#services.get(target.slice(0, Math.max(0, dot)));
    if (found === undefined) return undefined;
    const { id, service, wire } = found;
    const contentType = `application/x-amz-json-${wire.version}`;
    return {
      id,
      operation: target.slice(dot + 1),
      input: parseJson,
      answer: (output) => jsonAnswer(service, contentType, 200, output),
      refusal: (error) => refusal(service, wire, contentType, error),
    };
  }
}

/** The answer to a target that no service has. */
export function unknownTarget(error: AwsError): Answer {
  return {
    status: error.status,
    headers: { 'content-type': 'application/x-amz-json-1.0' },
    body: JSON.stringify({
      __type: `${FRONT_DOOR}#${error.code}`,
      ...(error.message === '' ? {} : { message: error.message }),
    }),
  };
}

/** Parses a body that must be a JSON object; an empty one counts as `{}`. */
export function parseJson(body: Buffer): object {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new AwsError('SerializationException', 'Unable to parse the request body as JSON', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new AwsError('SerializationException', 'Start of structure or map found where not expected.');
  }
  return value;
}

function refusal(service: AwsService, wire: JsonWire, contentType: string, error: AwsError): Answer {
  const namespace = FRONT_DOOR_ERRORS.has(error.code) ? FRONT_DOOR : wire.errorNamespace;
  const type = namespace === '' ? error.code : `${namespace}#${error.code}`;
  const message = 'message' in error.members || 'Message' in error.members ? {} : { message: error.message };
  const answer = jsonAnswer(service, contentType, error.status, { __type: type, ...message, ...error.members });
  return { ...answer, headers: { ...answer.headers, ...service.errorHeaders?.(error) } };
}

/** DynamoDB's clients check the body against a CRC-32 (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html). */
function jsonAnswer(service: AwsService, contentType: string, status: number, output: unknown): Answer {
  const body = output === undefined ? '' : JSON.stringify(output);
  if (service.name !== 'dynamodb') return { status, headers: { 'content-type': contentType }, body };
  return { status, headers: { 'content-type': contentType, 'x-amz-crc32': String(crc32(body)) }, body };
}
