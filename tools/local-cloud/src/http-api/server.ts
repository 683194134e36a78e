/** The HTTP server in front of the gateway: reads requests, refuses what HTTP APIs do not take, writes answers. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHttpServer, type Patience, type Refusal } from '../endpoint/http-server.ts';
import { gatewayMessage, type GatewayRequest, type GatewayResponse } from './exchange.ts';
import { newRequestId } from './request-event.ts';

/** Quotas of HTTP APIs (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html), in bytes. */
const LARGEST_BODY = 10 * 1024 * 1024;
const LARGEST_HEAD = 10_240;
/** A client that is still sending a refused body is heard out to here, so that it reads the refusal instead of a reset. */
const LARGEST_HEARING = 4 * LARGEST_BODY;
const MESSAGES: ReadonlyMap<number, string> = new Map([
  [408, 'Request Timeout'],
  [413, 'Request Entity Too Large'],
  [417, 'Expectation Failed'],
  [431, 'Request Header Fields Too Large'],
]);
/** Longer than clients keep an idle connection, so that none finds it closed just when it sends. */
const KEEP_ALIVE_MILLISECONDS = 65_000;

/** A server that listens. */
export interface Listening {
  readonly port: number;
  /** Takes no further requests and ends every connection. */
  close(): Promise<void>;
}

/**
 * Serves `handle` on a port of this machine; 0 takes a free one.
 * @throws Error with code EADDRINUSE where the port is taken
 */
export async function serve(
  handle: (request: GatewayRequest) => Promise<GatewayResponse>,
  port: number,
  patience?: Patience,
): Promise<Listening> {
  const server = createHttpServer({
    keepAlive: KEEP_ALIVE_MILLISECONDS,
    patience,
    refusal: ownMessage,
    listener: (incoming, outgoing) => {
      incoming.on('error', () => outgoing.destroy());
      outgoing.on('error', () => outgoing.destroy());
      answer(incoming, handle).then(
        (response) => {
          // Nobody reads the rest of a body that was given up.
          if (!incoming.complete) outgoing.shouldKeepAlive = false;
          write(outgoing, response);
        },
        () => outgoing.destroy(),
      );
    },
  });
  await listen(server, port);
  const address = server.address();
  return { port: isAddress(address) ? address.port : port, close: () => close(server) };
}

async function answer(
  incoming: IncomingMessage,
  handle: (request: GatewayRequest) => Promise<GatewayResponse>,
): Promise<GatewayResponse> {
  const body = await readBody(incoming);
  if (headLength(incoming) > LARGEST_HEAD) return refused(431);
  if (body === undefined) return refused(413);
  const request = readRequest(incoming, body);
  return request === undefined ? refused(400) : handle(request);
}

/** The body, or undefined where it is too large. Rejects where the connection ends before the body does. */
async function readBody(incoming: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    if (!Buffer.isBuffer(chunk)) continue;
    length += chunk.byteLength;
    if (length > LARGEST_HEARING) break;
    if (length <= LARGEST_BODY) chunks.push(chunk);
  }
  return length > LARGEST_BODY ? undefined : Buffer.concat(chunks);
}

/** The request, or undefined where its target cannot be read. */
function readRequest(incoming: IncomingMessage, body: Buffer): GatewayRequest | undefined {
  const [path = '', ...query] = (incoming.url ?? '').split('?');
  const decoded = decodePath(path);
  if (decoded === undefined || !decoded.startsWith('/')) return undefined;
  const { rawHeaders, socket } = incoming;
  return {
    method: incoming.method ?? 'GET',
    path: decoded,
    query: query.join('?'),
    protocol: `HTTP/${incoming.httpVersion}`,
    headers: rawHeaders.flatMap((name, index) =>
      index % 2 === 0 ? [[name, rawHeaders[index + 1] ?? ''] as const] : [],
    ),
    sourceIp: (socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    port: socket.localPort ?? 0,
    body,
  };
}

/** HTTP APIs take off the percent-encoding of the whole path, so that `%2F` parts it and `%3F` ends it. */
function decodePath(path: string): string | undefined {
  try {
    return decodeURIComponent(path).split('?')[0];
  } catch {
    return undefined;
  }
}

function headLength(incoming: IncomingMessage): number {
  const requestLine = `${incoming.method} ${incoming.url} HTTP/${incoming.httpVersion}`;
  return incoming.rawHeaders.reduce(
    (sum, each, index) => (index % 2 === 1 ? sum + each.length : sum),
    requestLine.length,
  );
}

function write(outgoing: ServerResponse, { status, headers, cookies, body }: GatewayResponse): void {
  const bodiless = status === 204 || status === 304;
  outgoing.writeHead(status, {
    ...headers,
    ...(bodiless ? {} : { 'content-length': body.byteLength }),
    ...(cookies.length > 0 ? { 'set-cookie': [...cookies] } : {}),
  });
  outgoing.end(bodiless ? undefined : body);
}

/** A refusal before the gateway knows what is asked of it. */
function refused(status: number): GatewayResponse {
  const { headers, ...rest } = gatewayMessage(status, MESSAGES.get(status) ?? 'Bad Request');
  return { ...rest, headers: { ...headers, 'apigw-requestid': newRequestId() } };
}

function ownMessage(status: number): ReturnType<Refusal> {
  const { headers, body } = refused(status);
  return { headers, body: Buffer.from(body).toString() };
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function isAddress(address: string | AddressInfo | null): address is AddressInfo {
  return typeof address === 'object' && address !== null;
}
