/** The HTTP front of the dispatcher: what the AWS SDK and the `aws` CLI talk to. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';
import { AwsError } from '../aws-error.ts';
import type { Clock } from '../clock.ts';
import { AnswerLost, CallerEnded, type Dispatcher } from '../dispatcher.ts';
import type { Principal } from '../service.ts';
import { BODY_LIMIT, readBody } from './body.ts';
import { checkScope, credentialOf, scopeOf } from './caller.ts';
import { headOf, type Answer, type Exchange, type Head } from './exchange.ts';
import { isJsonRequest, JsonProtocol, jsonRefusal } from './json-protocol.ts';
import { QueryProtocol, unknownAction } from './query-protocol.ts';
import { RestJsonProtocol, restRefusal } from './rest-json-protocol.ts';
import { stackOf } from '../error-text.ts';

/** What the endpoint stands on. Every service must be registered at the dispatcher before it is made. */
export interface EndpointOptions {
  readonly dispatcher: Dispatcher;
  /** What `Date` tells the clients, which correct their own clocks by it. */
  readonly clock: Clock;
  /** Whose key an access key is; a key that no role owns is the administrator's. */
  readonly principalOf: (accessKeyId: string) => Principal;
  /** Takes a line about what broke inside, which the caller is not told. */
  readonly report: (line: string) => void;
  /** The longest body in bytes. */
  readonly bodyLimit?: number;
}

/** Takes AWS JSON, REST-JSON and query requests to the operations they name. */
export function createEndpoint(options: EndpointOptions): RequestListener {
  const { dispatcher, clock, principalOf, report, bodyLimit = BODY_LIMIT } = options;
  const json = new JsonProtocol(dispatcher.services);
  const rest = new RestJsonProtocol(dispatcher.services);
  const query = new QueryProtocol(dispatcher.services);

  const recognise = (head: Head, body: Buffer, requestId: string): Exchange | Answer => {
    if (isJsonRequest(head)) return json.recognise(head, body);
    const found = isForm(head) ? query.recognise(body) : rest.recognise(head, scopeOf(head.headers));
    return found ?? unknownOperation(head, requestId);
  };

  const handle = async (head: Head, body: Buffer, response: ServerResponse): Promise<void> => {
    const requestId = randomUUID();
    let exchange: Exchange | undefined;
    try {
      const found = recognise(head, body, requestId);
      if ('status' in found) return send(response, requestId, withChecksum(head, found));
      exchange = found;
      const input = exchange.input(body);
      const credential = credentialOf(head.headers, head.query);
      checkScope(credential, exchange.service);
      const principal = principalOf(credential.accessKeyId);
      const caller = { sessionToken: credential.sessionToken, principal };
      const output = await dispatcher.callFrom(caller, exchange.id, exchange.operation, input, requestId);
      send(response, requestId, exchange.answer(output, requestId));
    } catch (error) {
      // The connection ends with the caller: closed before, it would be an answer of a kind, and the call made again.
      if (error instanceof CallerEnded) return;
      if (error instanceof AnswerLost) response.destroy();
      else send(response, requestId, refuse(head, exchange, error, requestId, report));
    }
  };

  return (request: IncomingMessage, response: ServerResponse) => {
    const head = headOf(request);
    response.setHeader('date', new Date(clock.now()).toUTCString());
    readBody(request, bodyLimit, (body) => {
      if (body === undefined) tooLarge(head, response);
      else void handle(head, body, response);
    });
  };
}

function isForm(head: Head): boolean {
  return head.method === 'POST' && (head.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
}

function unknownOperation(head: Head, requestId: string): Answer {
  if (isForm(head))
    return unknownAction(new AwsError('InvalidAction', 'Could not find operation for this version'), requestId);
  if (head.headers.authorization === undefined) {
    return restRefusal(new AwsError('MissingAuthenticationTokenException', ''));
  }
  return { status: 404, headers: { 'content-type': 'application/xml' }, body: '<UnknownOperationException/>\n' };
}

/** An error in the form of the protocol that a request seems to speak. */
function frontDoorRefusal(head: Head, error: AwsError, requestId: string): Answer {
  if (isJsonRequest(head)) return withChecksum(head, jsonRefusal(head, error));
  return isForm(head) ? unknownAction(error, requestId) : restRefusal(error);
}

/** DynamoDB's front door adds the checksum to what it answers by itself, too. */
function withChecksum(head: Head, answer: Answer): Answer {
  const isDynamoDb =
    scopeOf(head.headers) === 'dynamodb' || String(head.headers['x-amz-target'] ?? '').startsWith('DynamoDB');
  return isDynamoDb ? { ...answer, headers: { ...answer.headers, 'x-amz-crc32': String(crc32(answer.body)) } } : answer;
}

function refuse(
  head: Head,
  exchange: Exchange | undefined,
  error: unknown,
  requestId: string,
  report: (line: string) => void,
): Answer {
  const refusal = asAwsError(error);
  const what = exchange === undefined ? head.path : `${exchange.id}:${exchange.operation}`;
  if (refusal.status >= 500 && refusal !== error) report(`internal error in ${what}: ${stackOf(error)}`);
  if (refusal.code === 'NotImplemented') report(`${what}: ${refusal.message}`);
  if (exchange === undefined) return frontDoorRefusal(head, refusal, requestId);
  return exchange.refusal(refusal, requestId);
}

function asAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  const message = 'The request processing has failed because of an unknown error, exception or failure.';
  return new AwsError('InternalFailure', message, { status: 500, cause: error });
}

/** The rest of the body is still taken in and dropped: a client that is busy sending reads no answer. */
function tooLarge(head: Head, response: ServerResponse): void {
  const error = new AwsError('RequestEntityTooLargeException', 'Request body is too large', { status: 413 });
  const requestId = randomUUID();
  send(response, requestId, frontDoorRefusal(head, error, requestId));
}

function send(response: ServerResponse, requestId: string, answer: Answer): void {
  if (response.destroyed) return;
  const length = typeof answer.body === 'string' ? Buffer.byteLength(answer.body) : answer.body.length;
  response.writeHead(answer.status, { 'x-amzn-requestid': requestId, ...answer.headers, 'content-length': length });
  response.end(answer.body);
}
