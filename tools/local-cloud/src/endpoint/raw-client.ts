/** Requests byte by byte, as no HTTP client would send them, and what comes back until the connection is closed. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** An answer taken apart; header names are lower-case. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A request to write; one header may be left out by giving it no value. */
export interface RawRequest {
  readonly method?: string;
  readonly path?: string;
  readonly version?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string | Buffer;
}

/** The bytes of a request after which the server is to close the connection. */
export function bytesOf({ method = 'POST', path = '/', version = '1.1', headers = {}, body = '' }: RawRequest): Buffer {
  const content = Buffer.from(body);
  const fields = { host: 'localhost', connection: 'close', 'content-length': String(content.length), ...headers };
  const lines = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}\r\n`],
  );
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/${version}\r\n${lines.join('')}\r\n`), content]);
}

/** Opens a connection. */
export async function open(url: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Everything that the server sends until it closes the connection. */
export function untilClosed(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve) => socket.on('close', () => resolve(Buffer.concat(chunks).toString())));
}

/** Sends bytes and reads the answers to them. */
export async function send(url: string, bytes: Buffer | string): Promise<RawAnswer[]> {
  const socket = await open(url);
  const received = untilClosed(socket);
  socket.write(bytes);
  return answersIn(await received);
}

function answersIn(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let rest = text; rest !== '';) {
    const end = rest.indexOf('\r\n\r\n');
    const [statusLine = '', ...lines] = rest.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const length = Number(headers['content-length'] ?? rest.length);
    const content = Buffer.from(rest.slice(end + 4));
    answers.push({
      status: Number(statusLine.split(' ')[1]),
      headers,
      body: content.subarray(0, length).toString(),
    });
    rest = content.subarray(length).toString();
  }
  return answers;
}
