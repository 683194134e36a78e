/** An HTTP server that refuses in its owner's form also what Node would refuse in a form of its own. */
import { createServer, STATUS_CODES, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** The headers and the body that an answer with a given status has. */
export type Refusal = (status: number) => { readonly headers: Readonly<Record<string, string>>; readonly body: string };

/** How long a client may take, in milliseconds of the machine's time. */
export interface Patience {
  readonly headers: number;
  readonly request: number;
  /** How often connections are looked at. */
  readonly checkEvery: number;
}

/** What a server is made with. */
export interface HttpServerOptions {
  readonly listener: RequestListener;
  readonly refusal: Refusal;
  /** How long an idle connection is kept, in milliseconds. */
  readonly keepAlive: number;
  readonly patience?: Patience | undefined;
}

/** Clients that send a byte now and then hold a connection no longer than this. */
const PATIENCE: Patience = { headers: 60_000, request: 300_000, checkEvery: 30_000 };
/** A client that was refused has so long to read it before its connection is cut, in milliseconds. */
const LAST_WORD = 1_000;

/** Statuses for what the HTTP parser and the timers of Node complain about; everything else is a bad request. */
const STATUSES: ReadonlyMap<string | undefined, number> = new Map([
  ['HPE_HEADER_OVERFLOW', 431],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413],
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
]);

/** Makes the server; it does not listen yet. */
export function createHttpServer({ listener, refusal, keepAlive, patience = PATIENCE }: HttpServerOptions): Server {
  const answering = new WeakMap<Duplex, ServerResponse>();
  const server = createServer(
    {
      keepAliveTimeout: keepAlive,
      headersTimeout: patience.headers,
      requestTimeout: patience.request,
      connectionsCheckingInterval: patience.checkEvery,
      noDelay: true,
      requireHostHeader: false,
    },
    (request, response) => {
      answering.set(request.socket, response);
      if (request.httpVersion === '1.1' && request.headers.host === undefined) answer(response, 400, refusal);
      else listener(request, response);
    },
  );
  const refuse = (socket: Duplex, status: number): void => {
    const current = answering.get(socket);
    const midway = current?.headersSent === true && !current.writableFinished;
    if (!socket.writable || midway) socket.destroy();
    else sayAndClose(socket, status, refusal);
  };
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => refuse(socket, STATUSES.get(error.code) ?? 400));
  server.on('checkExpectation', (_request, response) => answer(response, 417, refusal));
  server.on('connect', (_request, socket) => {
    socket.on('error', () => undefined);
    refuse(socket, 400);
  });
  return server;
}

function answer(response: ServerResponse, status: number, refusal: Refusal): void {
  const { headers, body } = refusal(status);
  response.shouldKeepAlive = false;
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

/** What the client still sends is read and dropped: a reset would overtake the answer. */
function sayAndClose(socket: Duplex, status: number, refusal: Refusal): void {
  const { headers, body } = refusal(status);
  const fields = { ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  const cut = setTimeout(() => socket.destroy(), LAST_WORD).unref();
  socket.on('close', () => clearTimeout(cut));
  socket.on('end', () => socket.destroy());
  socket.resume();
}
