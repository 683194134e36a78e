import { connect } from 'node:net';
import { gatewayMessage, type GatewayRequest } from './exchange.ts';
import { type Listening, serve } from './server.ts';

let server: Listening;
let handled: GatewayRequest[];

beforeEach(async () => {
  handled = [];
  server = await serve((request) => {
    handled.push(request);
    return Promise.resolve(gatewayMessage(200, `${request.body.byteLength}`));
  }, 0);
});

afterEach(() => server.close());

/** Sends bytes as they are and gives back what came until the connection was closed. */
function raw(bytes: string, end = false): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(server.port, '127.0.0.1', () => (end ? socket.end(bytes) : socket.write(bytes)));
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(received));
  });
}

const post = (body: Buffer) =>
  fetch(`http://127.0.0.1:${server.port}/`, { method: 'POST', body: new Uint8Array(body) });

describe('the server (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html)', () => {
  it('takes a body of ten megabytes, and refuses one more byte', async () => {
    const largest = 10 * 1024 * 1024;
    expect(await (await post(Buffer.alloc(largest))).json()).toEqual({ message: String(largest) });
    const refused = await post(Buffer.alloc(largest + 1));
    expect([refused.status, await refused.json()]).toEqual([413, { message: 'Request Entity Too Large' }]);
    expect(handled).toHaveLength(1);
  });

  it('takes request line and header values of 10,240 bytes, and refuses one more', async () => {
    const rest = 'GET / HTTP/1.1'.length + 'a'.length + 'close'.length;
    const head = (bytes: number) =>
      `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nlong: ${'x'.repeat(bytes - rest)}\r\n\r\n`;
    expect(await raw(head(10_240))).toMatch(/^HTTP\/1.1 200/);
    expect(await raw(head(10_241))).toMatch(/^HTTP\/1.1 431[^]*{"message":"Request Header Fields Too Large"}$/);
    expect(handled).toHaveLength(1);
  });

  it('refuses request line and headers of more than 10,240 bytes', async () => {
    const refused = await fetch(`http://127.0.0.1:${server.port}/`, { headers: { long: 'x'.repeat(10_240) } });
    expect(refused.status).toBe(431);
    expect(await raw(`GET / HTTP/1.1\r\nlong: ${'x'.repeat(20_000)}\r\n\r\n`)).toContain(
      '431 Request Header Fields Too Large',
    );
  });

  it('answers what is not HTTP with a 400', async () => {
    expect(await raw('nonsense\r\n\r\n')).toMatch(/^HTTP\/1.1 400 Bad Request[^]*{"message":"Bad Request"}$/);
    expect(await raw('GET /%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toMatch(
      /^HTTP\/1.1 400[^]*{"message":"Bad Request"}/,
    );
  });

  it('forgets a request whose connection ends before its body, and serves the next', async () => {
    await raw('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nonly this', true);
    expect((await post(Buffer.from('next'))).status).toBe(200);
    expect(handled.map(({ body }) => body.byteLength)).toEqual([4]);
  });

  it('says which port is taken', async () => {
    await expect(serve(() => Promise.resolve(gatewayMessage(200, '')), server.port)).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});
