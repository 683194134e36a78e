/** AWS REST-JSON: the operation is a method and a path, its input is spread over path, query, headers and body. */
import { AwsError } from '../aws-error.ts';
import { RawResponse, type AwsService, type RestRoute } from '../service.ts';
import type { Answer, Exchange, Head } from './exchange.ts';
import { MISSING_TOKEN, parseJson } from './json-protocol.ts';

interface Route {
  readonly id: string;
  readonly service: AwsService;
  readonly route: RestRoute;
  /** The path's segments: text that must be equal, or the name of a member. */
  readonly segments: readonly ({ readonly text: string } | { readonly member: string })[];
}

/** The errors of the front door that are forbidden rather than bad requests where the protocol is REST. */
const UNSIGNED = new Set([
  'MissingAuthenticationTokenException',
  'IncompleteSignatureException',
  'InvalidSignatureException',
]);

/** Finds the route that fits method and path (https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html). */
export class RestJsonProtocol {
  readonly #routes: readonly Route[];
  readonly #serviceIds: ReadonlyMap<string, string>;

  constructor(services: ReadonlyMap<string, AwsService>) {
    this.#routes = [...services].flatMap(([id, service]) => routesOf(id, service));
    this.#serviceIds = new Map(this.#routes.map(({ id, service }) => [service.name, id]));
  }

  /** The call at this method and path; for a known service's unknown path, one that its operations do not hold. */
  recognise(head: Head, scope: string | undefined): Exchange | undefined {
    const given = segmentsOf(head.path);
    for (const route of this.#routes) {
      const members = route.route.method === head.method ? fit(route, given) : undefined;
      if (members !== undefined)
        return exchange(route.id, route.service.name, route.route.operation, (body) =>
          input(route.route, members, head, body),
        );
    }
    const id = scope === undefined ? undefined : this.#serviceIds.get(scope);
    if (scope === undefined || id === undefined) return undefined;
    return exchange(id, scope, `${head.method} ${head.path}`, () => ({}));
  }
}

function exchange(id: string, service: string, operation: string, read: Exchange['input']): Exchange {
  return { id, service, operation, input: read, answer: restAnswer, refusal: restRefusal };
}

function routesOf(id: string, service: AwsService): Route[] {
  if (service.wire.protocol !== 'rest-json') return [];
  const routes = service.wire.routes.map((route) => ({
    id,
    service,
    route,
    segments: segmentsOf(route.path).map((part) =>
      /^\{.*\}$/.test(part) ? { member: part.slice(1, -1) } : { text: part },
    ),
  }));
  return routes.sort((one, other) => variables(one) - variables(other));
}

function variables(route: Route): number {
  return route.segments.filter((segment) => 'member' in segment).length;
}

/** The path's members where it fits. */
function fit(route: Route, given: readonly string[]): Record<string, unknown> | undefined {
  if (route.segments.length !== given.length) return undefined;
  const members: Record<string, unknown> = {};
  for (const [index, segment] of route.segments.entries()) {
    const part = given[index] ?? '';
    if ('member' in segment && part !== '') members[segment.member] = decode(part);
    else if (!('text' in segment) || segment.text !== part) return undefined;
  }
  return members;
}

/** A path's segments; a slash at its end says nothing, and some clients send one. */
function segmentsOf(path: string): string[] {
  return (path.endsWith('/') ? path.slice(0, -1) : path).split('/');
}

function input(route: RestRoute, members: Readonly<Record<string, unknown>>, head: Head, body: Buffer): unknown {
  const read: Record<string, unknown> = { ...members };
  const query = new URLSearchParams(head.query);
  for (const name of new Set(query.keys())) {
    const values = query.getAll(name);
    read[name] = values.length === 1 ? values[0] : values;
  }
  for (const [header, member] of Object.entries(route.headers ?? {})) {
    const value = head.headers[header];
    if (value !== undefined) read[member] = value;
  }
  if (route.payload !== undefined) return { ...read, [route.payload]: body };
  return { ...(body.length === 0 ? {} : parseJson(body)), ...read };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new AwsError('SerializationException', 'The request path is not well-formed', { cause });
  }
}

function restAnswer(output: unknown): Answer {
  if (output instanceof RawResponse) return output;
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: output === undefined ? '' : JSON.stringify(output),
  };
}

/** An error in this protocol's form: the code in a header, the message in the body. */
export function restRefusal(error: AwsError): Answer {
  const text = error.code === 'MissingAuthenticationTokenException' ? MISSING_TOKEN : error.message;
  const message = text === '' || 'message' in error.members || 'Message' in error.members ? {} : { message: text };
  return {
    status: UNSIGNED.has(error.code) ? 403 : error.status,
    headers: { 'content-type': 'application/json', 'x-amzn-errortype': error.code },
    body: JSON.stringify({ ...message, ...error.members }),
  };
}
