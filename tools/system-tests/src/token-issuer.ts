/** An OpenID issuer in the test's own process: its address is known before anything is synthesized. */
import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import * as z from 'zod';

/** The smallest size that RS256 allows, in bits (https://www.rfc-editor.org/rfc/rfc7518#section-3.3). */
const MODULUS_LENGTH = 2048;
/** In seconds; longer than any test lets pass. */
const LIFE = 24 * 3600;

const addressSchema = z.object({ port: z.int() });
const publicKeySchema = z.object({ kty: z.literal('RSA'), n: z.string(), e: z.string() });

/** What a token says; what is not given is good, and `undefined` leaves a claim out. */
export type Claims = Readonly<Record<string, unknown>>;

/** Signs tokens by RS256, and tells its keys as API Gateway asks for them: discovery, then the key set. */
export class TokenIssuer {
  /** The issuer's address, which every authorizer that trusts it names. */
  readonly url: string;
  /** The claims of a token that nothing else is said of. */
  readonly #usual: Claims;
  readonly #server: Server;
  readonly #keyId = randomUUID();
  readonly #key = newKey();
  /** A key that the issuer never publishes. */
  readonly #foreignKey = newKey();

  private constructor(server: Server, port: number, usual: Claims) {
    this.url = `http://127.0.0.1:${port}`;
    this.#server = server;
    this.#usual = usual;
    server.on('request', this.#answer);
  }

  /** Starts it on a free port; `usual` is what its tokens say besides issuer, times and subject. */
  static async start(usual: Claims): Promise<TokenIssuer> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new TokenIssuer(server, addressSchema.parse(server.address()).port, usual);
  }

  async stop(): Promise<void> {
    const closed = once(this.#server.close(), 'close');
    this.#server.closeAllConnections();
    await closed;
  }

  /** A token for a customer. */
  token(customerId: string, claims: Claims = {}): string {
    return this.#signed(customerId, claims, this.#key);
  }

  /** A token that names this issuer and its key, and was signed with another. */
  forgedToken(customerId: string): string {
    return this.#signed(customerId, {}, this.#foreignKey);
  }

  #signed(sub: string, claims: Claims, key: KeyObject): string {
    const iat = Math.floor(Date.now() / 1000);
    const payload = { iss: this.url, sub, iat, exp: iat + LIFE, ...this.#usual, ...claims };
    const signed = `${segment({ alg: 'RS256', kid: this.#keyId, typ: 'JWT' })}.${segment(payload)}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
  }

  readonly #answer: RequestListener = ({ url }, response) => {
    const document = this.#documents()[url ?? ''];
    response.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document ?? {}));
  };

  /** https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig */
  #documents(): Readonly<Record<string, object>> {
    const { kty, n, e } = publicKeySchema.parse(this.#key.export({ format: 'jwk' }));
    const key = { kty, n, e, kid: this.#keyId, alg: 'RS256', use: 'sig' };
    return {
      '/.well-known/openid-configuration': { issuer: this.url, jwks_uri: `${this.url}/jwks.json` },
      '/jwks.json': { keys: [key] },
    };
  }
}

function newKey(): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength: MODULUS_LENGTH }).privateKey;
}

/** https://www.rfc-editor.org/rfc/rfc7515#section-7.1 */
function segment(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}
