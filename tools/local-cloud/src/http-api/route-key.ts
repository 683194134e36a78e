/** Route keys (`GET /orders/{orderId}`, `ANY /{proxy+}`, `$default`): what they match, and which of them goes first. */

type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'greedy'; readonly name: string };

/** A route key taken apart. */
export interface RouteKey {
  readonly text: string;
  readonly method: string;
  /** The path as the key spells it, with its variables; empty for `$default`. */
  readonly path: string;
  readonly segments: readonly Segment[];
}

const METHODS = ['ANY', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'];
/** In order of precedence. */
const KINDS = ['literal', 'variable', 'greedy'];

/** The route that takes whatever no other route matches. */
export const DEFAULT_ROUTE = '$default';

/**
 * Reads a route key.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 * @throws Error naming the key that is none
 */
export function parseRouteKey(text: string): RouteKey {
  if (text === DEFAULT_ROUTE) return { text, method: DEFAULT_ROUTE, path: '', segments: [] };
  const [, method = '', path = ''] = /^([A-Z]+) (\/\S*)$/.exec(text) ?? [];
  if (!METHODS.includes(method)) throw new Error(`the route key ${text} is neither $default nor a method and a path`);
  const segments = segmentsOf(path).map(parseSegment);
  if (segments.slice(0, -1).some((segment) => segment.kind === 'greedy')) {
    throw new Error(`the route key ${text} has a greedy variable that is not the last segment`);
  }
  return { text, method, path, segments };
}

/** The segments of a path: none for `/`; a slash at the end makes an empty one, as it is another resource. */
export function segmentsOf(path: string): readonly string[] {
  return path === '/' ? [] : path.split('/').slice(1);
}

/** The path parameters where the key matches, else undefined; `$default` never matches here. */
export function matchRouteKey(
  key: RouteKey,
  method: string,
  path: readonly string[],
): Record<string, string> | undefined {
  if (key.method !== method && key.method !== 'ANY') return undefined;
  const greedy = key.segments.at(-1)?.kind === 'greedy';
  if (greedy ? path.length < key.segments.length : path.length !== key.segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, segment] of key.segments.entries()) {
    const value = segment.kind === 'greedy' ? path.slice(index).join('/') : (path[index] ?? '');
    if (segment.kind === 'literal' ? segment.text !== value : value === '') return undefined;
    if (segment.kind !== 'literal') parameters[segment.name] = value;
  }
  return parameters;
}

/** Orders keys that match the same request: full matches before greedy ones, text before variables, a method before ANY. */
export function compareRouteKeys(one: RouteKey, other: RouteKey): number {
  return rank(one) < rank(other) ? -1 : 1;
}

/** The same for keys that match the very same requests, whatever they call their variables. */
export function routeKeyShape(key: RouteKey): string {
  const segments = key.segments.map((segment) => (segment.kind === 'literal' ? segment.text : `{${segment.kind}}`));
  return `${key.method} /${segments.join('/')}`;
}

function rank(key: RouteKey): string {
  const kinds = key.segments.map((segment) => KINDS.indexOf(segment.kind));
  return [kinds.includes(KINDS.indexOf('greedy')) ? 1 : 0, ...kinds, key.method === 'ANY' ? 1 : 0].join('');
}

function parseSegment(text: string): Segment {
  const [, name, plus] = /^\{([^{}+]+)(\+?)\}$/.exec(text) ?? [];
  if (name === undefined) return { kind: 'literal', text };
  return { kind: plus === '' ? 'variable' : 'greedy', name };
}
