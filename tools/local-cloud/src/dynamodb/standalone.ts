/** DynamoDB alone, in memory, behind its own HTTP port: what the tests of stores and handlers talk to. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { AwsError } from '../aws-error.ts';
import { Clock } from '../clock.ts';
import { Database } from '../database.ts';
import { AnswerLost, Dispatcher } from '../dispatcher.ts';
import type { Answer } from '../endpoint/exchange.ts';
import { createEndpoint } from '../endpoint/index.ts';
import { JsonProtocol } from '../endpoint/json-protocol.ts';
import { Faults } from '../faults.ts';
import { Signals } from '../signals.ts';
import { createDynamoDb, type DynamoDbOptions } from './index.ts';

/** A DynamoDB that listens; every caller is the account's administrator. */
export interface StandaloneDynamoDb {
  /** `http://127.0.0.1:<a free port>`, for the SDK's `endpoint`. */
  readonly url: string;
  /** The clock that time to live goes by. */
  readonly clock: Clock;
  /** Faults that tests inject, such as `dynamodb.TransactWriteItems` or `dynamodb.conflict`. */
  readonly faults: Faults;
  /**
   * Answers a request that came over no wire, as it would one that had: a socket is half of what a call costs.
   * @param headers by lower-case name
   * @returns undefined where a fault loses the answer
   */
  answer(headers: Readonly<Record<string, string>>, body: Uint8Array): Promise<Answer | undefined>;
  stop(): Promise<void>;
}

/** Starts DynamoDB and its streams on a free port of the loopback interface. */
export async function startStandaloneDynamoDb(options: DynamoDbOptions = {}): Promise<StandaloneDynamoDb> {
  const clock = new Clock();
  const database = new Database(':memory:');
  const faults = new Faults();
  const dispatcher = new Dispatcher({ authorize: () => undefined }, faults);
  const part = createDynamoDb({ clock, database, faults, signals: new Signals() }, options);
  for (const [id, service] of Object.entries(part.services)) dispatcher.register(id, service);
  await part.start?.();
  const server = createServer(
    createEndpoint({
      dispatcher,
      clock,
      principalOf: () => ({ type: 'administrator' }),
      report: (line) => process.stderr.write(`${line}\n`),
    }),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    clock,
    faults,
    answer: answerFrom(dispatcher),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await part.stop?.();
      clock.stop();
      database.close();
    },
  };
}

function answerFrom(dispatcher: Dispatcher): StandaloneDynamoDb['answer'] {
  const protocol = new JsonProtocol(dispatcher.services);
  return async (headers, { buffer, byteOffset, byteLength }) => {
    const body = Buffer.from(buffer, byteOffset, byteLength);
    const exchange = protocol.recognise({ method: 'POST', path: '/', query: '', headers }, body);
    if ('status' in exchange) return exchange;
    const { id, operation } = exchange;
    const requestId = randomUUID();
    try {
      const output = await dispatcher.call(id, operation, exchange.input(body), { type: 'administrator' }, requestId);
      return exchange.answer(output, requestId);
    } catch (error) {
      if (error instanceof AnswerLost) return undefined;
      if (error instanceof AwsError) return exchange.refusal(error, requestId);
      throw error;
    }
  };
}
