/** DynamoDB alone, in memory, behind its own HTTP port: what the tests of stores and handlers talk to. */
import { createServer } from 'node:http';
import { Clock } from '../clock.ts';
import { Database } from '../database.ts';
import { Dispatcher } from '../dispatcher.ts';
import { createEndpoint } from '../endpoint/index.ts';
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
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await part.stop?.();
      clock.stop();
      database.close();
    },
  };
}
