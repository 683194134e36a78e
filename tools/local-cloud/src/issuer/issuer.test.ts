/** The local issuer over HTTP. */
import { createPublicKey, verify } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { Clock } from '../clock.ts';
import { Database } from '../database.ts';
import { createIssuer, ISSUER_PATH } from './index.ts';

const NOW = Date.UTC(2026, 0, 1);
const servers: Server[] = [];
const reported: string[] = [];

async function serve(database: Database, clock: Clock): Promise<string> {
  const server = createServer(createIssuer({ clock, database, report: (line) => reported.push(line) }));
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}${ISSUER_PATH}`;
}

async function post(issuer: string, body: unknown): Promise<string> {
  const response = await fetch(`${issuer}/tokens`, { method: 'POST', body: JSON.stringify(body) });
  return z.object({ token: z.string() }).parse(await response.json()).token;
}

const keySet = z.object({
  keys: z.tuple([z.object({ kid: z.string(), kty: z.string(), n: z.string(), e: z.string(), alg: z.string() })]),
});
async function keyOf(issuer: string) {
  return keySet.parse(await (await fetch(`${issuer}/jwks.json`)).json()).keys[0];
}

function parts(token: string) {
  const [header = '', claims = '', signature = ''] = token.split('.');
  const json = (text: string): unknown => JSON.parse(Buffer.from(text, 'base64url').toString());
  return { header: json(header), claims: json(claims), signed: `${header}.${claims}`, signature };
}

afterEach(() => {
  expect(reported.splice(0)).toEqual([]);
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

describe('the issuer (https://openid.net/specs/openid-connect-discovery-1_0.html)', () => {
  let database: Database;
  let clock: Clock;
  let issuer: string;
  beforeEach(async () => {
    database = new Database(':memory:');
    clock = new Clock({ frozenAt: NOW });
    issuer = await serve(database, clock);
  });
  afterEach(() => database.close());

  it('says who it is and where its keys are', async () => {
    const configuration: unknown = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
    expect(configuration).toMatchObject({ issuer, jwks_uri: `${issuer}/jwks.json` });
  });

  it('signs what it is asked to with the key that it publishes, by the one clock', async () => {
    await clock.advance(1_500);
    const token = parts(await post(issuer, { claims: { sub: 'ann', scope: 'read' }, expiresInSeconds: 60 }));
    const key = await keyOf(issuer);
    expect(token.header).toEqual({ alg: 'RS256', kid: key.kid, typ: 'JWT' });
    const iat = NOW / 1000 + 1;
    expect(token.claims).toEqual({ iss: issuer, iat, exp: iat + 60, sub: 'ann', scope: 'read' });
    const published = createPublicKey({ key, format: 'jwk' });
    expect(verify('sha256', Buffer.from(token.signed), published, Buffer.from(token.signature, 'base64url'))).toBe(
      true,
    );
  });

  it('lets any claim be replaced, its own too', async () => {
    expect(parts(await post(issuer, { claims: { iss: 'https://other.example', exp: 1 } })).claims).toMatchObject({
      iss: 'https://other.example',
      exp: 1,
    });
  });

  it.each([
    ['POST', '/tokens', '{"claims":', 400, 'the body is not JSON'],
    ['POST', '/tokens', '{"claims":1}', 400, 'claims: '],
    ['POST', '/tokens', '{"expiresInSeconds":0}', 400, 'expiresInSeconds: '],
    ['POST', '/tokens', '{"sub":"ann"}', 400, 'Unrecognized key'],
    ['POST', '/tokens', `"${'x'.repeat(64 * 1024)}"`, 413, 'the body is too large'],
    ['POST', '/jwks.json', '{}', 404, `there is no POST ${ISSUER_PATH}/jwks.json`],
  ])('refuses %s %s with a reason', async (method, path, body, status, message) => {
    const response = await fetch(`${issuer}${path}`, { method, body });
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ message: expect.stringContaining(message) });
  });
});

it('has the same key after a restart, so that a token outlives it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'issuer-'));
  const before = new Database(join(directory, 'state'));
  const { kid } = await keyOf(await serve(before, new Clock({ frozenAt: NOW })));
  before.close();
  const after = new Database(join(directory, 'state'));
  expect(await keyOf(await serve(after, new Clock({ frozenAt: NOW })))).toMatchObject({ kid });
  after.close();
  rmSync(directory, { recursive: true });
});
