/** The endpoint in front of made-up services, one for each kind of protocol and answer. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AwsError } from '../aws-error.ts';
import { Clock } from '../clock.ts';
import { Dispatcher } from '../dispatcher.ts';
import { Faults } from '../faults.ts';
import { operation, RawResponse, type AwsService, type BoundOperation, type Principal, type Wire } from '../service.ts';
import { createEndpoint } from './index.ts';

/** A call that has reached an operation. */
export interface Seen {
  readonly operation: string;
  readonly input: unknown;
  readonly principal: Principal;
}

/** The role whose key is `AKROLE`; every other key is the administrator's. */
export const ROLE: Principal = { type: 'role', arn: 'arn:aws:iam::000000000000:role/reader' };

/** The headers that sign a request to a service. */
export function signatureFor(service: string) {
  return {
    'x-amz-date': '20260101T000000Z',
    authorization: `AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`,
  };
}

/** The headers of a signed request to DynamoDB. */
export const SIGNED = { 'content-type': 'application/x-amz-json-1.0', ...signatureFor('dynamodb') };

/** Settings of an SDK client that calls the endpoint once. */
export function clientOf(endpoint: string, accessKeyId = 'AKROLE') {
  return { endpoint, region: 'us-east-1', credentials: { accessKeyId, secretAccessKey: 'secret' }, maxAttempts: 1 };
}

/** Serves the endpoint on a free port. */
export async function serveBench() {
  const seen: Seen[] = [];
  const reported: string[] = [];
  const faults = new Faults();
  const clock = new Clock({ frozenAt: Date.UTC(2026, 0, 1) });
  const dispatcher = new Dispatcher({ authorize: () => undefined }, faults);
  for (const [id, service] of Object.entries(madeUpServices(seen))) dispatcher.register(id, service);
  const listener = createEndpoint({
    dispatcher,
    clock,
    principalOf: (key) => (key === 'AKROLE' ? ROLE : { type: 'administrator' }),
    report: (line) => reported.push(line),
    bodyLimit: 100_000,
  });
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    endpoint,
    server,
    seen,
    reported,
    clock,
    faults,
    post: (headers: Record<string, string>, body = '{}') => fetch(endpoint, { method: 'POST', headers, body }),
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function madeUpServices(seen: Seen[]): Record<string, AwsService> {
  const dynamodb = service(
    'dynamodb',
    {
      protocol: 'json',
      version: '1.0',
      targetPrefix: 'DynamoDB_20120810',
      errorNamespace: 'com.amazonaws.dynamodb.v20120810',
    },
    {
      GetItem: spy(seen, 'GetItem', () => ({ Item: { id: { S: 'é' } } })),
      PutItem: spy(seen, 'PutItem', () => {
        throw new AwsError('ConditionalCheckFailedException', 'The conditional request failed', {
          members: { Item: { id: { S: '1' } } },
        });
      }),
      DeleteItem: spy(seen, 'DeleteItem', () => {
        throw new TypeError('a bug');
      }),
    },
  );
  const sqs: AwsService = {
    name: 'sqs',
    wire: { protocol: 'json', version: '1.0', targetPrefix: 'AmazonSQS', errorNamespace: 'com.amazonaws.sqs' },
    operations: {
      SendMessage: spy(seen, 'SendMessage', () => {
        throw new AwsError('QueueDoesNotExist', 'The specified queue does not exist.');
      }),
    },
    errorHeaders: () => ({ 'x-amzn-query-error': 'AWS.SimpleQueueService.NonExistentQueue;Sender' }),
  };
  const lambda = service(
    'lambda',
    {
      protocol: 'rest-json',
      routes: [
        { method: 'GET', path: '/2015-03-31/functions', operation: 'ListFunctions' },
        {
          method: 'POST',
          path: '/2015-03-31/functions/{FunctionName}/invocations',
          operation: 'Invoke',
          payload: 'Payload',
          headers: { 'x-amz-invocation-type': 'InvocationType' },
        },
      ],
    },
    {
      ListFunctions: spy(seen, 'ListFunctions', () => ({ Functions: [] })),
      Invoke: spy(
        seen,
        'Invoke',
        () => new RawResponse(200, { 'x-amz-executed-version': '$LATEST' }, Buffer.from('{"ok":true}')),
      ),
    },
  );
  const ses = service(
    'ses',
    { protocol: 'rest-json', routes: [{ method: 'POST', path: '/v2/email/outbound-emails', operation: 'SendEmail' }] },
    {
      SendEmail: spy(seen, 'SendEmail', () => {
        throw new AwsError('MessageRejected', 'Email address is not verified.');
      }),
    },
  );
  const sts = service(
    'sts',
    { protocol: 'query', version: '2011-06-15', namespace: 'https://sts.amazonaws.com/doc/2011-06-15/' },
    {
      GetCallerIdentity: spy(seen, 'GetCallerIdentity', () => ({
        Account: '000000000000',
        Arn: 'arn:aws:iam::000000000000:root',
      })),
    },
  );
  return { dynamodb, sqs, lambda, ses, sts };
}

/** An operation that remembers what reached it. */
function spy(seen: Seen[], name: string, answer: (input: unknown) => unknown): BoundOperation {
  return operation<unknown, unknown>({
    parse: (raw) => raw,
    needs: () => [],
    run: (input, { principal }) => {
      seen.push({ operation: name, input, principal });
      return answer(input);
    },
  });
}

function service(name: string, wire: Wire, operations: Record<string, BoundOperation>): AwsService {
  return { name, wire, operations };
}
