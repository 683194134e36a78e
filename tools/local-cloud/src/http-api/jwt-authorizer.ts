/** Decides by a JSON Web Token whether a request may reach its route. */
import type { Clock } from '../clock.ts';
import { gatewayMessage, type GatewayRequest, type GatewayResponse, headerValues } from './exchange.ts';
import type { IssuerKeys } from './issuer-keys.ts';
import { checkAlgorithm, checkSignature, InvalidToken, type JsonWebToken, readToken } from './json-web-token.ts';
import type { JwtAuthorizer, RouteAuthorization } from './registry.ts';

/** What a token says, as the event of the function has it. */
export interface Authorized {
  readonly claims: Readonly<Record<string, string>>;
  /** Those of the route's scopes that the token has; null where the route asks for none. */
  readonly scopes: readonly string[] | null;
}

/** Why a request goes no further. */
export interface Unauthorized {
  readonly response: GatewayResponse;
  readonly error: string;
}

/** A token that counts, but not for this route. */
class InsufficientScope extends Error {
  override readonly name = 'InsufficientScope';
}

/**
 * Authorizes a request. The order of the checks, and the descriptions in `www-authenticate` as far as AWS shows any,
 * are API Gateway's; a token without `exp` is refused, since nothing says that AWS would take it.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-jwt.html
 */
export async function authorize(
  request: GatewayRequest,
  { authorizer, scopes }: RouteAuthorization,
  keys: IssuerKeys,
  clock: Clock,
): Promise<Authorized | Unauthorized> {
  const text = tokenOf(request, authorizer);
  if (text === undefined) return refusal(401, 'Unauthorized', 'Bearer', 'token not provided');
  try {
    const token = readToken(text);
    checkAlgorithm(token);
    await checkSigner(token, authorizer, keys);
    checkClaims(token.claims, authorizer, clock.now() / 1000);
    return { claims: claimTexts(token.claims), scopes: matchingScopes(token.claims, scopes) };
  } catch (error) {
    const challenge = (code: string, description: string): string =>
      `Bearer scope="${scopes.join(' ')}" error="${code}" error_description="${description.replaceAll('"', '\\"')}"`;
    if (error instanceof InvalidToken)
      return refusal(401, 'Unauthorized', challenge('invalid_token', error.message), error.message);
    if (error instanceof InsufficientScope)
      return refusal(403, 'Forbidden', challenge('insufficient_scope', error.message), error.message);
    throw error;
  }
}

/** The token from the header or query parameter that the authorizer names, with or without `Bearer` before it. */
function tokenOf(request: GatewayRequest, { identitySource }: JwtAuthorizer): string | undefined {
  const { kind, name } = identitySource;
  const found =
    kind === 'header'
      ? headerValues(request, name.toLowerCase())[0]
      : (new URLSearchParams(request.query).get(name) ?? undefined);
  const token = found?.replace(/^bearer( +|$)/i, '').trim();
  return token === '' ? undefined : token;
}

async function checkSigner(token: JsonWebToken, { issuer }: JwtAuthorizer, keys: IssuerKeys): Promise<void> {
  const known = await keys.keysOf(issuer);
  const key = token.keyId === undefined ? undefined : known.get(token.keyId);
  if (key === undefined) throw new InvalidToken('the issuer has no key with the id that the token names');
  checkSignature(token, key);
}

function checkClaims(claims: JsonWebToken['claims'], { issuer, audiences }: JwtAuthorizer, now: number): void {
  if (claims['iss'] !== issuer) throw new InvalidToken('issuer does not match');
  const meant = claims['aud'] === undefined ? listOf(claims['client_id']) : listOf(claims['aud']);
  if (!audiences.some((one) => meant.includes(one))) throw new InvalidToken('the token does not have a valid audience');
  const { exp, nbf, iat } = claims;
  if (typeof exp !== 'number' || exp <= now) throw new InvalidToken('the token has expired');
  if (nbf !== undefined && !isPast(nbf, now)) throw new InvalidToken('the token is not valid yet');
  if (iat !== undefined && !isPast(iat, now)) throw new InvalidToken('the token was issued in the future');
}

function isPast(time: unknown, now: number): boolean {
  return typeof time === 'number' && time <= now;
}

function matchingScopes(claims: JsonWebToken['claims'], wanted: readonly string[]): readonly string[] | null {
  if (wanted.length === 0) return null;
  const given = claims['scope'] ?? claims['scp'];
  const had = typeof given === 'string' ? given.split(' ') : listOf(given);
  const matching = wanted.filter((scope) => had.includes(scope));
  if (matching.length === 0) throw new InsufficientScope('the token has none of the scopes of the route');
  return matching;
}

function listOf(claim: unknown): readonly unknown[] {
  if (claim === undefined) return [];
  return Array.isArray(claim) ? claim : [claim];
}

/** Every claim is a text in the event: a list reads `[one two]`, an object `map[a:1]`, as Go prints them. */
function claimTexts(claims: JsonWebToken['claims']): Record<string, string> {
  return Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, claimText(value)]));
}

function claimText(value: unknown): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(claimText).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `map[${members.map(([name, member]) => `${name}:${claimText(member)}`).join(' ')}]`;
}

function refusal(status: number, message: string, challenge: string, error: string): Unauthorized {
  const response = gatewayMessage(status, message);
  return { response: { ...response, headers: { ...response.headers, 'www-authenticate': challenge } }, error };
}
