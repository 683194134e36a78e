/** The public keys of token issuers, found through OpenID Connect Discovery. */
import type { JsonWebKey } from 'node:crypto';
import * as z from 'zod';
import type { Activity } from '../activity.ts';
import type { Clock } from '../clock.ts';
import { InvalidToken } from './json-web-token.ts';

/** API Gateway keeps keys for up to two hours, in milliseconds: a new key is unknown for as long. */
const KEPT_FOR = 2 * 3_600_000;
/** An issuer that answers later counts as one that does not answer, in milliseconds of the machine's time. */
const PATIENCE = 1_500;

const discoverySchema = z.looseObject({ jwks_uri: z.url() });
const keySetSchema = z.looseObject({ keys: z.array(z.looseObject({ kty: z.string(), kid: z.string().optional() })) });

type Keys = ReadonlyMap<string, JsonWebKey>;

/**
 * Keys by issuer, fetched once and kept.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html
 */
export class IssuerKeys {
  readonly #clock: Clock;
  readonly #activity: Activity;
  readonly #kept = new Map<string, { readonly until: number; readonly keys: Promise<Keys> }>();

  constructor(clock: Clock, activity: Activity) {
    this.#clock = clock;
    this.#activity = activity;
  }

  /**
   * The issuer's RSA keys by id.
   * @throws InvalidToken where the issuer cannot be asked
   */
  keysOf(issuer: string): Promise<Keys> {
    const now = this.#clock.now();
    const kept = this.#kept.get(issuer);
    if (kept !== undefined && now < kept.until) return kept.keys;
    const keys = this.#activity.track(() => fetchKeys(issuer));
    this.#kept.set(issuer, { until: now + KEPT_FOR, keys });
    keys.catch(() => this.#kept.delete(issuer));
    return keys;
  }
}

/** https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfigurationRequest */
async function fetchKeys(issuer: string): Promise<Keys> {
  const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const discovered = await fetchJson(address, discoverySchema, 'OIDC discovery endpoint communication error');
  const { keys } = await fetchJson(discovered.jwks_uri, keySetSchema, 'JWKS communication error');
  return new Map(keys.flatMap((key) => (key.kty === 'RSA' && key.kid !== undefined ? [[key.kid, key] as const] : [])));
}

async function fetchJson<Output>(address: string, schema: z.ZodType<Output>, failure: string): Promise<Output> {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(PATIENCE) });
    if (!response.ok) throw new Error(`${address} answered ${response.status}`);
    return schema.parse(await response.json());
  } catch (cause) {
    throw new InvalidToken(failure, { cause });
  }
}
