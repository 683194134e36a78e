/** AWS JSON 1.0 and 1.1: `POST /` with the operation in `X-Amz-Target`. */
import { isUtf8 } from 'node:buffer';
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
  'InvalidSignatureException',
  'MissingAuthenticationTokenException',
  'RequestEntityTooLargeException',
  'SerializationException',
  'UnknownOperationException',
]);
/** What services other than those of JSON 1.0 say of a request that nobody signed. */
export const MISSING_TOKEN = 'Missing Authentication Token';
const CONTENT_TYPE = /^application\/(?:json|x-amz-json-(1\.[01]))\s*(?:;|$)/;
/**
 * How deep a body may nest. AWS documents no limit of its parsers; no service takes values nearly as deep
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html: 32 levels).
 */
const DEEPEST = 1_000;

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

  /** The call that `X-Amz-Target` names, or what AWS answers where it names none or does not name it as it should. */
  recognise(head: Head, body: Buffer): Exchange | Answer {
    const target = String(head.headers['x-amz-target'] ?? '');
    const dot = target.indexOf('.');
    const found = this.#services.get(target.slice(0, Math.max(0, dot)));
    const version = found?.wire.version ?? versionOf(head) ?? '1.0';
    if (head.method !== 'POST' || (body.length > 0 && !CONTENT_TYPE.test(contentTypeOf(head))))
      return notAnOperation(version, head);
    if (found === undefined) {
      if (body.length > 0) parseJson(body);
      return jsonRefusal(head, new AwsError('UnknownOperationException', ''));
    }
    const { id, service, wire } = found;
    const contentType = answeredAs(head, version);
    return {
      id,
      service: service.name,
      operation: target.slice(dot + 1),
      input: parseJson,
      answer: (output) => jsonAnswer(service, contentType, 200, output),
      refusal: (error) => refusal(service, wire, contentType, error),
    };
  }
}

/** Whether a request is one of this protocol, well-formed or not. */
export function isJsonRequest(head: Head): boolean {
  return head.headers['x-amz-target'] !== undefined || versionOf(head) !== undefined;
}

/** An error in the form of the protocol where the service is not known. */
export function jsonRefusal(head: Head, error: AwsError): Answer {
  const version = versionOf(head) ?? '1.0';
  return {
    status: error.status,
    headers: { 'content-type': answeredAs(head, version) },
    body: JSON.stringify({
      __type: version === '1.0' ? `${FRONT_DOOR}#${error.code}` : error.code,
      ...(error.message === '' ? {} : { message: error.message }),
    }),
  };
}

/**
 * What the front doors answer to other methods and types of content, as they do to what has no operation at all:
 * DynamoDB's alike for everybody, those of JSON 1.1 according to whether the request is signed.
 */
function notAnOperation(version: JsonWire['version'], head: Head): Answer {
  const headers = { 'content-type': 'application/xml' };
  if (version === '1.0') return { status: 404, headers, body: '<UnknownOperationException/>\n' };
  const [code, message] =
    head.headers.authorization === undefined
      ? ['MissingAuthenticationTokenException', MISSING_TOKEN]
      : ['AccessDeniedException', 'Unable to determine service/operation name to be authorized'];
  return { status: 403, headers, body: `<${code}>\n  <Message>${message}</Message>\n</${code}>\n` };
}

function contentTypeOf(head: Head): string {
  return (head.headers['content-type'] ?? '').trim().toLowerCase();
}

function versionOf(head: Head): JsonWire['version'] | undefined {
  const version = CONTENT_TYPE.exec(contentTypeOf(head))?.[1];
  return version === '1.0' || version === '1.1' ? version : undefined;
}

/** Whoever speaks of plain JSON is answered in it. */
function answeredAs(head: Head, version: JsonWire['version']): string {
  return contentTypeOf(head).startsWith('application/json') ? 'application/json' : `application/x-amz-json-${version}`;
}

/**
 * Parses a body that must be a JSON object.
 * @throws AwsError SerializationException, without a message where it is no JSON at all, as AWS answers
 */
export function parseJson(body: Buffer): object {
  const value = isUtf8(body) && !nestsTooDeeply(body) ? parsed(body) : undefined;
  if (value === undefined) throw new AwsError('SerializationException', '');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new AwsError('SerializationException', 'Start of structure or map found where not expected.');
  }
  return value;
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** Looked at before parsing: what walks through the parsed value does so by recursion. */
function nestsTooDeeply(body: Buffer): boolean {
  if (body.length <= DEEPEST) return false;
  let depth = 0;
  let inText = false;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (inText) {
      if (byte === 0x5c) at++;
      else if (byte === 0x22) inText = false;
    } else if (byte === 0x22) inText = true;
    else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > DEEPEST) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return false;
}

function refusal(service: AwsService, wire: JsonWire, contentType: string, error: AwsError): Answer {
  const frontDoor = wire.version === '1.0' ? FRONT_DOOR : '';
  const namespace = FRONT_DOOR_ERRORS.has(error.code) ? frontDoor : wire.errorNamespace;
  const type = namespace === '' ? error.code : `${namespace}#${error.code}`;
  const unsigned = wire.version === '1.1' && error.code === 'MissingAuthenticationTokenException';
  const text = unsigned ? MISSING_TOKEN : error.message;
  const message = text === '' || 'message' in error.members || 'Message' in error.members ? {} : { message: text };
  const answer = jsonAnswer(service, contentType, error.status, { __type: type, ...message, ...error.members });
  return { ...answer, headers: { ...answer.headers, ...service.errorHeaders?.(error) } };
}

/** DynamoDB's clients check the body against a CRC-32 (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html). */
function jsonAnswer(service: AwsService, contentType: string, status: number, output: unknown): Answer {
  const body = output === undefined ? '' : JSON.stringify(output);
  if (service.name !== 'dynamodb') return { status, headers: { 'content-type': contentType }, body };
  return { status, headers: { 'content-type': contentType, 'x-amz-crc32': String(crc32(body)) }, body };
}
