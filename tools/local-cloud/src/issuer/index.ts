/** A token issuer on this machine, so that routes with a JWT authorizer can be called without a network. */
import { sign } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import * as z from 'zod';
import { parseBody, Refusal } from '../admin/request.ts';
import { readBody } from '../endpoint/body.ts';
import { messageOf, stackOf } from '../error-text.ts';
import type { Ground } from '../part.ts';
import { KeyStore, type SigningKey } from './signing-key.ts';

/** Where the issuer is, on the AWS port: the `Issuer` of an authorizer is the port's URL with this path. */
export const ISSUER_PATH = '/_local-cloud/issuer';

const BODY_LIMIT = 64 * 1024;
/** As long as Cognito's tokens, in seconds. */
const USUAL_LIFE = 3600;

/** Claims that are given replace the issuer's own, so that any token can be asked for, an expired one too. */
const tokenRequest = z.strictObject({
  claims: z.record(z.string(), z.unknown()).default({}),
  expiresInSeconds: z.number().int().min(1).default(USUAL_LIFE),
});

type Route = (issuer: string, body: Buffer) => Promise<object>;

/**
 * Answers every request under {@link ISSUER_PATH}: discovery, keys, and `POST /tokens` for whoever asks. It calls itself
 * by the host that the request names; its time is the runtime's, and its key is kept.
 * @see https://openid.net/specs/openid-connect-discovery-1_0.html
 */
export function createIssuer({
  clock,
  database,
  report,
}: Pick<Ground, 'clock' | 'database' | 'report'>): RequestListener {
  const keys = new KeyStore(database);
  const routes: Readonly<Record<string, Route>> = {
    'GET /.well-known/openid-configuration': async (issuer) => ({
      issuer,
      jwks_uri: `${issuer}/jwks.json`,
      id_token_signing_alg_values_supported: ['RS256'],
      response_types_supported: ['token'],
      subject_types_supported: ['public'],
    }),
    'GET /jwks.json': async () => {
      const { published } = await keys.key();
      return { keys: [{ ...published, alg: 'RS256', use: 'sig' }] };
    },
    'POST /tokens': async (issuer, body) => {
      const { claims, expiresInSeconds } = parseBody(body, tokenRequest);
      const iat = Math.floor(clock.now() / 1000);
      return { token: signToken({ iss: issuer, iat, exp: iat + expiresInSeconds, ...claims }, await keys.key()) };
    },
  };
  return (request, response) =>
    readBody(request, BODY_LIMIT, (body) => void answer(routes, request, body, response, report));
}

async function answer(
  routes: Readonly<Record<string, Route>>,
  request: IncomingMessage,
  body: Buffer | undefined,
  response: ServerResponse,
  report: (line: string) => void,
): Promise<void> {
  try {
    if (body === undefined) throw new Refusal(413, 'the body is too large');
    const path = (request.url ?? '').split('?', 1)[0]?.slice(ISSUER_PATH.length) ?? '';
    const route = routes[`${request.method} ${path}`];
    if (route === undefined) throw new Refusal(404, `there is no ${request.method} ${ISSUER_PATH}${path}`);
    send(response, 200, await route(`http://${request.headers.host}${ISSUER_PATH}`, body));
  } catch (error) {
    if (!(error instanceof Refusal)) report(`internal error in the issuer: ${stackOf(error)}`);
    send(response, error instanceof Refusal ? error.status : 500, { message: messageOf(error) });
  }
}

/** https://www.rfc-editor.org/rfc/rfc7515#section-7.1 */
function signToken(claims: object, { privateKey, published }: SigningKey): string {
  const signed = `${segment({ alg: 'RS256', kid: published.kid, typ: 'JWT' })}.${segment(claims)}`;
  return `${signed}.${sign('sha256', Buffer.from(signed), privateKey).toString('base64url')}`;
}

function segment(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function send(response: ServerResponse, status: number, content: object): void {
  if (response.destroyed) return;
  const text = JSON.stringify(content);
  response
    .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
    .end(text);
}
