/** The HTTP server of the AWS port, which may change what it answers with while it starts. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHttpServer, type Patience, type Refusal } from './http-server.ts';

/** A server that listens on the loopback interface. */
export interface AwsServer {
  readonly url: string;
  /** What answers from now on; until the first call every request gets 503. */
  answerWith(listener: RequestListener): void;
  close(): Promise<void>;
}

/** Longer than any client keeps an idle connection, so that none is closed just as a request sets out on it. */
const KEEP_ALIVE = 75_000;

/**
 * Listens on 127.0.0.1; port 0 takes a free one.
 * @throws Error with code EADDRINUSE where the port is taken
 */
export async function listen(port: number, patience?: Patience): Promise<AwsServer> {
  let answer: RequestListener = notReady;
  const server = createHttpServer({
    keepAlive: KEEP_ALIVE,
    patience,
    refusal: malformed,
    listener: (request, response) => {
      // A client that has gone reads no answer, and nothing else needs to know.
      response.on('error', () => undefined);
      answer(request, response);
    },
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    answerWith(listener) {
      answer = listener;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function notReady(_: unknown, response: ServerResponse): void {
  response.writeHead(503, { 'x-amzn-requestid': randomUUID(), 'content-length': 0, 'retry-after': '1' }).end();
}

/**
 * No protocol is known yet, so that the name of the error stands alone, as where AWS finds no operation.
 * @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/CommonErrors.html
 */
const malformed: Refusal = (status) => {
  const tooLarge = status === 413 || status === 431;
  const late = status === 408 ? 'RequestTimeoutException' : 'MalformedHttpRequestException';
  return {
    headers: { 'x-amzn-requestid': randomUUID(), 'content-type': 'application/xml' },
    body: `<${tooLarge ? 'RequestEntityTooLargeException' : late}/>\n`,
  };
};
