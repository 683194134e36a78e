/** The AWS query protocol: a form with `Action` and `Version`, answered in XML. */
import type { AwsError } from '../aws-error.ts';
import type { AwsService, Wire } from '../service.ts';
import type { Answer, Exchange } from './exchange.ts';

type QueryWire = Extract<Wire, { protocol: 'query' }>;

/** The namespace of answers whose service is not known. */
const NO_SERVICE = 'http://webservices.amazon.com/AWSFault/2005-15-09';

/** Finds the service by the form's `Version` (https://smithy.io/2.0/aws/protocols/aws-query-protocol.html). */
export class QueryProtocol {
  readonly #services: readonly { readonly id: string; readonly service: AwsService; readonly wire: QueryWire }[];

  constructor(services: ReadonlyMap<string, AwsService>) {
    this.#services = [...services].flatMap(([id, service]) =>
      service.wire.protocol === 'query' ? [{ id, service, wire: service.wire }] : [],
    );
  }

  /** The call that the form names, or undefined where no service has its version. */
  recognise(body: Buffer): Exchange | undefined {
    const form = new URLSearchParams(body.toString('utf8'));
    const found = this.#services.find(({ wire }) => wire.version === form.get('Version'));
    if (found === undefined) return undefined;
    const operation = form.get('Action') ?? '';
    return {
      id: found.id,
      service: found.service.name,
      operation,
      input: () => members(form),
      answer: (output, requestId) => queryAnswer(found.wire, operation, output, requestId),
      refusal: (error, requestId) => queryRefusal(found.wire.namespace, error, requestId),
    };
  }
}

/** The answer to a form that no service understands. */
export function unknownAction(error: AwsError, requestId: string): Answer {
  return queryRefusal(NO_SERVICE, error, requestId);
}

/** Flat members only: no operation here takes a list or a structure in this protocol. */
function members(form: URLSearchParams): Record<string, string> {
  const read: Record<string, string> = {};
  for (const [name, value] of form) if (name !== 'Action' && name !== 'Version') read[name] = value;
  return read;
}

function queryAnswer(wire: QueryWire, operation: string, output: unknown, requestId: string): Answer {
  const result = `<${operation}Result>${element(output ?? {})}</${operation}Result>`;
  const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
  const body = `<${operation}Response xmlns="${wire.namespace}">${result}${metadata}</${operation}Response>`;
  return { status: 200, headers: { 'content-type': 'text/xml' }, body };
}

/** In this protocol the codes of the front door are older, and forbid (https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html). */
const FRONT_DOOR_CODES: ReadonlyMap<string, string> = new Map([
  ['IncompleteSignatureException', 'IncompleteSignature'],
  ['InvalidSignatureException', 'SignatureDoesNotMatch'],
  ['MissingAuthenticationTokenException', 'MissingAuthenticationToken'],
]);

function queryRefusal(namespace: string, error: AwsError, requestId: string): Answer {
  const code = FRONT_DOOR_CODES.get(error.code);
  const type = error.status < 500 ? 'Sender' : 'Receiver';
  const detail = element({ Type: type, Code: code ?? error.code, Message: error.message });
  const body = `<ErrorResponse xmlns="${namespace}"><Error>${detail}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
  return { status: code === undefined ? error.status : 403, headers: { 'content-type': 'text/xml' }, body };
}

function element(value: unknown): string {
  if (Array.isArray(value)) return value.map((member) => `<member>${element(member)}</member>`).join('');
  if (typeof value !== 'object' || value === null) return escape(String(value));
  return Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => `<${name}>${element(member)}</${name}>`)
    .join('');
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
