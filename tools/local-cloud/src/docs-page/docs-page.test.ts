/** The page about the HTTP APIs, on the port that it shares with them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as send } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GivenHttpApi, givenHttpApi } from '../http-api/given-http-api.ts';
import { createDocsPage } from './index.ts';

const text = '{"openapi":"3.1.0","info":{"title":"Shop","version":"1"},"paths":{}}\n';
let directory: string;
let documentFile: string;
let given: GivenHttpApi | undefined;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'docs-page-'));
  documentFile = join(directory, 'openapi.json');
  writeFileSync(documentFile, text);
});
afterAll(() => rmSync(directory, { recursive: true }));
afterEach(async () => {
  await given?.stop();
  given = undefined;
});

/** An API with the usual routes and some below the page's path, with the page in front of it. */
async function givenPage(): Promise<GivenHttpApi> {
  given = await givenHttpApi(createDocsPage(documentFile));
  given.declareApi({ routes: ['POST /orders', 'ANY /docs/{name}', 'GET /docs/guides/{guide}', '$default'] });
  return given;
}

/** Sends a path as it stands: `fetch` would resolve its dots. */
function raw(port: number, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    send({ host: '127.0.0.1', port, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

describe('the page', () => {
  it.each(['/docs', '/docs/', '/docs?try=1'])('is at %s', async (path) => {
    const { request, invocations } = await givenPage();
    const { status, headers, body } = await request(path);
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(body).toContain('<div id="swagger-ui">');
    expect(invocations).toEqual([]);
  });

  it('shows the document as its file has it', async () => {
    const { request } = await givenPage();
    const { status, headers, body } = await request('/docs/openapi.json');
    expect([status, headers.get('content-type'), body]).toEqual([200, 'application/json', text]);
  });

  it('loads nothing but what is served beside it', async () => {
    const { request } = await givenPage();
    const { body } = await request('/docs');
    const loaded = [...body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => address);
    const types = await Promise.all(
      loaded.map(async (address) => {
        const { status, headers, body: content } = await request(address);
        return [status, headers.get('content-type'), headers.get('x-content-type-options'), content.length > 0];
      }),
    );
    expect(types).toEqual([
      [200, 'image/png', 'nosniff', true],
      [200, 'text/css; charset=utf-8', 'nosniff', true],
      [200, 'text/javascript; charset=utf-8', 'nosniff', true],
      [200, 'text/javascript; charset=utf-8', 'nosniff', true],
    ]);
  });

  it('may run its own scripts and call its own host, and no other', async () => {
    const { request } = await givenPage();
    const policy = (await request('/docs')).headers.get('content-security-policy')?.split('; ');
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
      ]),
    );
    expect(policy?.join()).not.toMatch(/https?:|\*|unsafe/);
  });

  it('asks no validator elsewhere', async () => {
    const { request } = await givenPage();
    const { body } = await request('/docs/start.js');
    expect(body).toContain('validatorUrl: null');
    expect(body).not.toMatch(/https?:/);
  });

  it.each(['/docs', '/docs/openapi.json', '/docs/swagger-ui-bundle.js'])(
    'is not sent again to who has it: %s',
    async (path) => {
      const { request } = await givenPage();
      const { headers } = await request(path);
      expect(headers.get('cache-control')).toBe('no-cache');
      const again = await request(path, { headers: { 'if-none-match': headers.get('etag') ?? '' } });
      expect([again.status, again.body, again.headers.get('etag')]).toEqual([304, '', headers.get('etag')]);
      const other = await request(path, { headers: { 'if-none-match': '"another"' } });
      expect(other.status).toBe(200);
    },
  );

  it('tells its head alone', async () => {
    const { request } = await givenPage();
    const whole = await request('/docs');
    const { status, headers, body } = await request('/docs', { method: 'HEAD' });
    expect([status, body, headers.get('content-length')]).toEqual([200, '', String(Buffer.byteLength(whole.body))]);
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('takes no %s', async (method) => {
    const { request } = await givenPage();
    const { status, headers, body } = await request('/docs', { method });
    expect([status, headers.get('allow'), JSON.parse(body)]).toEqual([
      405,
      'GET, HEAD',
      { message: 'Method Not Allowed' },
    ]);
  });
});

describe('the APIs beside it', () => {
  it('keep every path that it does not have, also below its own', async () => {
    const { request, invocations } = await givenPage();
    await request('/orders', { method: 'POST' });
    await request('/docs/prices');
    await request('/docs/guides/first');
    await request('/documents');
    expect(invocations.map(({ event }) => event['routeKey'])).toEqual([
      'POST /orders',
      'ANY /docs/{name}',
      'GET /docs/guides/{guide}',
      '$default',
    ]);
  });

  it.each([
    '/docs/package.json',
    '/docs/index.html',
    '/docs/swagger-ui-bundle.js.map',
    '/docs/../package.json',
    '/docs/..%2f..%2fpackage.json',
    '/docs/%2e%2e/%2e%2e/package.json',
    '/docs//etc/passwd',
    '/docs/..%5c..%5cpackage.json',
    '/docs/constructor',
  ])('get what is none of its files: %s', async (path) => {
    const { port, invocations } = await givenPage();
    expect(await raw(port, path)).toBe(200);
    expect(invocations).toHaveLength(1);
  });

  it('have every path where there is no page', async () => {
    given = await givenHttpApi();
    given.declareApi({ routes: ['GET /docs', '$default'] });
    for (const path of ['/docs', '/docs/', '/docs/openapi.json', '/docs/swagger-ui.css']) await given.request(path);
    expect(given.invocations.map(({ event }) => event['rawPath'])).toEqual([
      '/dev/docs',
      '/dev/docs/',
      '/dev/docs/openapi.json',
      '/dev/docs/swagger-ui.css',
    ]);
  });
});

it('says in one sentence that a document cannot be read', () => {
  expect(() => createDocsPage(join(directory, 'none.json'))).toThrow(
    /^the OpenAPI document .*none\.json cannot be read: /,
  );
  const damaged = join(directory, 'damaged.json');
  writeFileSync(damaged, '{');
  expect(() => createDocsPage(damaged)).toThrow(/^the OpenAPI document .*damaged\.json cannot be read: /);
});
