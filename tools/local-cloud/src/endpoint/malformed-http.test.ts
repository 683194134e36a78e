/** What is hardly HTTP, on both ports: it is refused in the form of each, or answered where it is only unusual. */
import { serve as serveGateway } from '../http-api/server.ts';
import { gatewayMessage } from '../http-api/exchange.ts';
import type { Patience } from './http-server.ts';
import { bytesOf, open, send, untilClosed } from './raw-client.ts';
import { listen } from './server.ts';

interface Served {
  readonly url: string;
  close(): Promise<void>;
}

const handled: string[] = [];

async function gateway(patience?: Patience): Promise<Served> {
  const server = await serveGateway(
    ({ body }) => {
      handled.push(Buffer.from(body).toString());
      return Promise.resolve(gatewayMessage(200, 'served'));
    },
    0,
    patience,
  );
  return { url: `http://127.0.0.1:${server.port}`, close: () => server.close() };
}

async function aws(patience?: Patience): Promise<Served> {
  const server = await listen(0, patience);
  server.answerWith((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('error', () => undefined);
    request.on('end', () => {
      handled.push(body);
      response.end('served');
    });
  });
  return server;
}

const MALFORMED = '<MalformedHttpRequestException/>\n';
const LARGE = '<RequestEntityTooLargeException/>\n';
const host = 'Host: a\r\n';

const PORTS = [
  {
    port: 'the AWS port (https://docs.aws.amazon.com/eventbridge/latest/APIReference/CommonErrors.html)',
    serve: aws,
    bodies: { 400: MALFORMED, 408: '<RequestTimeoutException/>\n', 413: LARGE, 417: MALFORMED, 431: LARGE },
    id: 'x-amzn-requestid',
    served: 'served',
  },
  {
    port: 'the port of the HTTP APIs (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html)',
    serve: gateway,
    bodies: {
      400: '{"message":"Bad Request"}',
      408: '{"message":"Request Timeout"}',
      413: '{"message":"Request Entity Too Large"}',
      417: '{"message":"Expectation Failed"}',
      431: '{"message":"Request Header Fields Too Large"}',
    },
    id: 'apigw-requestid',
    served: '{"message":"served"}',
  },
] as const;

describe.each(PORTS)('$port', ({ serve, bodies, id, served }) => {
  let server: Served;
  beforeAll(async () => {
    server = await serve();
  });
  afterAll(() => server.close());
  beforeEach(() => {
    handled.length = 0;
  });

  it.each<[string, string, 400 | 413 | 417 | 431]>([
    ['nonsense', 'nonsense\r\n\r\n', 400],
    ['TLS', '\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03', 400],
    ['no host', 'POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n', 400],
    ['a version that there is not', `GET / HTTP/9.9\r\n${host}\r\n`, 400],
    ['a header without a colon', `GET / HTTP/1.1\r\n${host}nothing\r\n\r\n`, 400],
    ['a header with a NUL', `GET / HTTP/1.1\r\n${host}a: \0\r\n\r\n`, 400],
    ['a length that is negative', `POST / HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\n`, 400],
    ['a length that is no number', `POST / HTTP/1.1\r\n${host}Content-Length: 1a\r\n\r\n`, 400],
    ['two lengths', `POST / HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`, 400],
    ['the same length twice', `POST / HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 1\r\n\r\na`, 400],
    [
      'a length and chunks',
      `POST / HTTP/1.1\r\n${host}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['a chunk without a size', `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, 400],
    [
      'chunk extensions without end',
      `POST / HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(20_000)}\r\n`,
      413,
    ],
    ['headers without end', `GET / HTTP/1.1\r\n${host}a: ${'x'.repeat(20_000)}`, 431],
    ['an expectation', `POST / HTTP/1.1\r\n${host}Expect: cake\r\nContent-Length: 1\r\n\r\na`, 417],
    ['a tunnel', `CONNECT a:443 HTTP/1.1\r\n${host}\r\n`, 400],
  ])('refuses %s', async (_, bytes, status) => {
    const [answer, ...more] = await send(server.url, bytes);
    expect(answer).toMatchObject({ status, body: bodies[status], headers: { connection: 'close' } });
    expect(answer?.headers[id]).toMatch(/^[\w+/=-]{16,}$/);
    expect(more).toEqual([]);
    expect(handled).toEqual([]);
  });

  it.each([
    ['HTTP/1.0', bytesOf({ version: '1.0', headers: { host: undefined }, body: 'a' })],
    [
      'chunks',
      Buffer.from(
        `POST / HTTP/1.1\r\n${host}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`,
      ),
    ],
    ['a wish for another protocol', bytesOf({ headers: { connection: 'close, Upgrade', upgrade: 'h2c' }, body: 'a' })],
  ])('takes %s', async (_, bytes) => {
    expect(await send(server.url, bytes)).toMatchObject([{ status: 200, body: served }]);
    expect(handled).toEqual(['a']);
  });

  it('answers an expectation to continue before the body comes', async () => {
    const socket = await open(server.url);
    const received = untilClosed(socket);
    socket.write(`POST / HTTP/1.1\r\n${host}Connection: close\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n`);
    socket.once('data', () => socket.write('a'));
    expect(await received).toMatch(/^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200/);
  });

  it('answers requests in a pipeline one after the other', async () => {
    const first = bytesOf({ headers: { connection: 'keep-alive' }, body: 'first' });
    const answers = await send(server.url, Buffer.concat([first, first, bytesOf({ body: 'last' })]));
    expect(answers.map(({ status, body }) => [status, body])).toEqual(Array(3).fill([200, served]));
    expect(handled).toEqual(['first', 'first', 'last']);
  });

  it.each([
    ['closed', false],
    ['reset', true],
  ])('forgets a request whose connection is %s in the middle of its body, and serves the next', async (_, reset) => {
    const socket = await open(server.url);
    const closed = untilClosed(socket);
    socket.write(`POST / HTTP/1.1\r\n${host}Content-Length: 100\r\n\r\nonly this`, () =>
      reset ? socket.resetAndDestroy() : socket.end(),
    );
    expect(await closed).toMatch(reset ? /^$/ : /^(HTTP\/1.1 400 [^]*)?$/);
    expect(await send(server.url, bytesOf({ body: 'next' }))).toMatchObject([{ status: 200 }]);
    expect(handled).toEqual(['next']);
  });

  it.each([
    ['headers', `POST / HTTP/1.1\r\n${host}a: `],
    ['body', `POST / HTTP/1.1\r\n${host}Content-Length: 100\r\n\r\nonly this`],
  ])('gives up a client that never ends its %s', async (_, bytes) => {
    const impatient = await serve({ headers: 40, request: 40, checkEvery: 10 });
    expect(await send(impatient.url, bytes)).toMatchObject([{ status: 408, body: bodies[408] }]);
    expect(handled).toEqual([]);
    await impatient.close();
  });
});
