import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import * as z from 'zod';
import { Database } from '../database.ts';
import { createIssuer, ISSUER_PATH } from '../issuer/index.ts';
import { type GivenHttpApi, givenHttpApi, NOW } from './given-http-api.ts';

const SECONDS = Math.floor(NOW / 1000);

let given: GivenHttpApi;
let issuer: string;
let asked: string[];
const servers: Server[] = [];
/** Keeps the issuer's key for all tests, since making one takes a while. */
const keys = new Database(':memory:');

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

beforeEach(async () => {
  given = await givenHttpApi();
  asked = [];
  const tokens = createIssuer({ clock: given.clock, database: keys, report: () => undefined });
  issuer = `${await serve((request, response) => {
    asked.push(request.url ?? '');
    tokens(request, response);
  })}${ISSUER_PATH}`;
});

afterEach(async () => {
  await given.stop();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

afterAll(() => keys.close());

/** A token with claims that the authorizer below takes, but for those that are given. */
async function token(claims: object = {}): Promise<string> {
  const body = JSON.stringify({ claims: { aud: 'shop', sub: 'ann', ...claims } });
  const response = await fetch(`${issuer}/tokens`, { method: 'POST', body });
  return z.object({ token: z.string() }).parse(await response.json()).token;
}

function declare(options: { Issuer?: string; scopes?: readonly string[]; IdentitySource?: readonly string[] } = {}) {
  const { Issuer = issuer, scopes, IdentitySource } = options;
  return given.declareApi({
    authorizer: {
      JwtConfiguration: { Issuer, Audience: ['shop', 'other-client'] },
      ...(IdentitySource === undefined ? {} : { IdentitySource }),
    },
    ...(scopes === undefined ? {} : { route: { AuthorizationScopes: scopes } }),
  });
}

async function get(authorization?: string): Promise<{ status: number; body: string; challenge: string | null }> {
  const headers: Record<string, string> = authorization === undefined ? {} : { Authorization: authorization };
  const { status, body, headers: answered } = await given.request('/orders/1', { headers });
  return { status, body, challenge: answered.get('www-authenticate') };
}

const refused = (description: string) => ({
  status: 401,
  body: '{"message":"Unauthorized"}',
  challenge: `Bearer scope="" error="invalid_token" error_description="${description}"`,
});

/** The token with another header or other claims, under the signature that it had. */
function forged(text: string, { header, claims }: { header?: object; claims?: object }): string {
  const [first = '', second = '', signature = ''] = text.split('.');
  const part = (old: string, changes: object | undefined) => {
    const json = z.record(z.string(), z.unknown()).parse(JSON.parse(Buffer.from(old, 'base64url').toString()));
    return Buffer.from(JSON.stringify({ ...json, ...changes })).toString('base64url');
  };
  return [header ? part(first, header) : first, claims ? part(second, claims) : second, signature].join('.');
}

describe('a JWT authorizer (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html)', () => {
  it('lets a token of its issuer and audience through, and gives its claims to the function as texts', async () => {
    declare();
    const claims = { groups: ['admin', 'user'], admin: true, level: 3, address: { town: 'Bonn', street: 'A' } };
    expect(await get(`Bearer ${await token(claims)}`)).toMatchObject({ status: 200 });
    expect(given.invocations[0]?.event).toMatchObject({
      requestContext: {
        authorizer: {
          jwt: {
            claims: {
              iss: issuer,
              aud: 'shop',
              sub: 'ann',
              iat: String(SECONDS),
              exp: String(SECONDS + 3600),
              groups: '[admin user]',
              admin: 'true',
              level: '3',
              address: 'map[street:A town:Bonn]',
            },
            scopes: null,
          },
        },
      },
    });
  });

  it('takes the token without Bearer before it, and whatever the case of Bearer', async () => {
    declare();
    expect(await get(await token())).toMatchObject({ status: 200 });
    expect(await get(`bearer ${await token()}`)).toMatchObject({ status: 200 });
  });

  it('takes the token from the query where its identity source says so', async () => {
    declare({ IdentitySource: ['$request.querystring.token'] });
    expect((await given.request(`/orders/1?token=${await token()}`)).status).toBe(200);
    expect(await get(await token())).toMatchObject({ status: 401 });
  });

  it.each([undefined, '', 'Bearer'])('asks for a token where there is none: %j', async (authorization) => {
    declare();
    expect(await get(authorization)).toEqual({
      status: 401,
      body: '{"message":"Unauthorized"}',
      challenge: 'Bearer',
    });
    expect(given.invocations).toEqual([]);
  });

  it.each([
    ['not-a-token', 'token contains an invalid number of segments'],
    ['a.b', 'token contains an invalid number of segments'],
    ['a.b.c.d', 'token contains an invalid number of segments'],
    ['a.b.c', 'token is malformed'],
  ])('refuses what is no token: %s', async (text, description) => {
    declare();
    expect(await get(`Bearer ${text}`)).toEqual(refused(description));
  });

  it.each(['HS256', 'none', 'ES256', 'PS256'])('knows RSA only, so not %s', async (alg) => {
    declare();
    expect(await get(forged(await token(), { header: { alg } }))).toEqual(refused(`signing method ${alg} is invalid`));
  });

  it.each([{ kid: 'another' }, { kid: undefined }])(
    'refuses a token whose key the issuer has not: %j',
    async (header) => {
      declare();
      expect(await get(forged(await token(), { header }))).toEqual(
        refused('the issuer has no key with the id that the token names'),
      );
    },
  );

  it('refuses a token that was changed after it was signed', async () => {
    declare();
    expect(await get(forged(await token(), { claims: { sub: 'eve' } }))).toEqual(
      refused('crypto/rsa: verification error'),
    );
  });

  it.each([
    ['another issuer', { iss: 'https://other.example' }, 'issuer does not match'],
    ['another audience', { aud: 'else' }, 'the token does not have a valid audience'],
    ['no audience', { aud: undefined }, 'the token does not have a valid audience'],
    ['another client', { aud: undefined, client_id: 'else' }, 'the token does not have a valid audience'],
    [
      'an audience that does not fit, although its client does',
      { aud: 'else', client_id: 'shop' },
      'the token does not have a valid audience',
    ],
    ['an end that is now', { exp: NOW / 1000 }, 'the token has expired'],
    ['no end', { exp: null }, 'the token has expired'],
    ['a beginning to come', { nbf: SECONDS + 1 }, 'the token is not valid yet'],
    ['an issue to come', { iat: SECONDS + 1 }, 'the token was issued in the future'],
  ])('refuses a token with %s', async (_, claims, description) => {
    declare();
    expect(await get(await token(claims))).toEqual(refused(description));
  });

  it.each([
    ['several audiences, one of which fits', { aud: ['else', 'other-client'] }],
    ['a client instead of an audience', { aud: undefined, client_id: 'other-client' }],
    ['an end a second from now', { exp: SECONDS + 1 }],
    ['a beginning that is now', { nbf: SECONDS }],
  ])('takes a token with %s', async (_, claims) => {
    declare();
    expect(await get(await token(claims))).toMatchObject({ status: 200 });
  });

  it('goes by the one clock: a token ends with it', async () => {
    declare();
    const text = await token();
    await given.clock.advance(3_600_000 - (NOW % 1000) - 1);
    expect(await get(text)).toMatchObject({ status: 200 });
    await given.clock.advance(1);
    expect(await get(text)).toEqual(refused('the token has expired'));
  });
});

describe('the scopes of a route (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html)', () => {
  it.each([
    [{ scope: 'profile orders.read' }, ['orders.read']],
    [{ scp: ['orders.write', 'orders.read'] }, ['orders.read', 'orders.write']],
    [{ scp: 'orders.write' }, ['orders.write']],
  ])('are met by a token that has one of them: %j', async (claims, scopes) => {
    declare({ scopes: ['orders.read', 'orders.write'] });
    expect(await get(await token(claims))).toMatchObject({ status: 200 });
    expect(given.invocations[0]?.event).toMatchObject({ requestContext: { authorizer: { jwt: { scopes } } } });
  });

  it.each([{}, { scope: 'profile' }, { scope: 'orders.reader' }, { scp: [] }])(
    'forbid a token that has none of them: %j',
    async (claims) => {
      declare({ scopes: ['orders.read', 'orders.write'] });
      expect(await get(await token(claims))).toEqual({
        status: 403,
        body: '{"message":"Forbidden"}',
        challenge:
          'Bearer scope="orders.read orders.write" error="insufficient_scope" error_description="the token has none of the scopes of the route"',
      });
      expect(given.invocations).toEqual([]);
    },
  );
});

describe("an issuer's keys (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html)", () => {
  const fetches = () => asked.filter((path) => path.endsWith('/jwks.json')).length;

  it('are fetched once for requests that come together, and kept for two hours', async () => {
    declare();
    const text = await token({ exp: SECONDS + 86_400 });
    await Promise.all([get(text), get(text), get(text)]);
    await given.clock.advance(2 * 3_600_000 - 1);
    expect(await get(text)).toMatchObject({ status: 200 });
    expect(fetches()).toBe(1);
    await given.clock.advance(1);
    expect(await get(text)).toMatchObject({ status: 200 });
    expect(fetches()).toBe(2);
  });

  it('are asked for again where the issuer failed', async () => {
    let broken = true;
    const flaky = await serve((_, response) => {
      if (broken) response.writeHead(500).end();
      else response.writeHead(302, { location: `${issuer}/.well-known/openid-configuration` }).end();
    });
    declare({ Issuer: flaky });
    const text = await token({ iss: flaky });
    expect(await get(text)).toEqual(refused('OIDC discovery endpoint communication error'));
    broken = false;
    expect(await get(text)).toMatchObject({ status: 200 });
  });

  it.each([
    ['keys that are none', { jwks: { keys: 'none' } }, 'JWKS communication error'],
    ['no keys where it says', {}, 'JWKS communication error'],
    [
      'a key that is not RSA',
      { jwks: { keys: [{ kty: 'EC', kid: 'KID' }] } },
      'the issuer has no key with the id that the token names',
    ],
    [
      'a key without its modulus',
      { jwks: { keys: [{ kty: 'RSA', kid: 'KID', e: 'AQAB' }] } },
      'unable to decode \\"n\\" from RSA public key',
    ],
  ])('do not count where the issuer has %s', async (_, { jwks }: { jwks?: object }, description) => {
    const base = await serve((request, response) => {
      const isDiscovery = request.url === '/.well-known/openid-configuration';
      if (!isDiscovery && jwks === undefined) response.writeHead(404).end();
      else response.end(JSON.stringify(isDiscovery ? { jwks_uri: `${base}/keys` } : jwks));
    });
    declare({ Issuer: base });
    expect(await get(forged(await token(), { header: { kid: 'KID' } }))).toEqual(refused(description));
  });

  it('cannot be had from an issuer that nobody answers for', async () => {
    declare({ Issuer: 'http://127.0.0.1:1/' });
    expect(await get(await token())).toEqual(refused('OIDC discovery endpoint communication error'));
  });
});

describe('the declaration of an authorizer (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigatewayv2-authorizer.html)', () => {
  it.each([
    [{ AuthorizerType: 'REQUEST' }, 'AuthorizerType'],
    [{ AuthorizerUri: 'arn' }, 'the property AuthorizerUri is not supported'],
    [{ IdentitySource: ['$context.path'] }, 'IdentitySource.0'],
    [{ IdentitySource: ['$request.header.A', '$request.header.B'] }, 'IdentitySource'],
    [{ JwtConfiguration: { Issuer: 'http://issuer.example', Audience: ['a'] } }, 'must begin with https://'],
    [{ JwtConfiguration: { Issuer: 'https://issuer.example', Audience: [] } }, 'JwtConfiguration.Audience'],
  ])('is refused by the name of what does not fit: %j', (authorizer, message) => {
    expect(() => given.declareApi({ authorizer })).toThrow(message);
  });

  it('is needed by a route that asks for tokens, and by nothing else of a route', () => {
    expect(() => given.declareApi({ route: { AuthorizationType: 'JWT', AuthorizerId: 'none' } })).toThrow(
      'Invalid authorizer ID specified. Setting the authorization type to JWT requires a valid JWT authorizer.',
    );
    expect(() => given.declareApi({ route: { AuthorizationScopes: ['a'] } })).toThrow(
      'need an AuthorizationType of JWT',
    );
  });

  it('gives its id', () => {
    const api = given.declareApi();
    const { ref, attributes } = given.declare('Authorizer', 'Tokens', {
      ApiId: api.ref,
      Name: 'tokens',
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: { Issuer: 'https://issuer.example', Audience: ['a'] },
    });
    expect(ref).toMatch(/^[0-9a-z]{6}$/);
    expect(attributes).toEqual({ AuthorizerId: ref });
  });
});

describe('a route with an authorizer (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html)', () => {
  it('answers preflight requests without a token, and refusals with the headers of its CORS configuration', async () => {
    given.declareApi({
      api: { CorsConfiguration: { AllowOrigins: ['https://shop.example'], AllowMethods: ['*'] } },
      authorizer: {},
    });
    const headers = { Origin: 'https://shop.example', 'Access-Control-Request-Method': 'POST' };
    expect((await given.request('/orders', { method: 'OPTIONS', headers })).status).toBe(204);
    const refusal = await given.request('/orders/1', { headers: { Origin: 'https://shop.example' } });
    expect([refusal.status, refusal.headers.get('access-control-allow-origin')]).toEqual([401, 'https://shop.example']);
  });

  it('spends its rate before it looks at tokens', async () => {
    given.declareApi({
      authorizer: {},
      stage: { DefaultRouteSettings: { ThrottlingBurstLimit: 1, ThrottlingRateLimit: 1 } },
    });
    expect([(await get()).status, (await get()).status]).toEqual([401, 429]);
  });
});
