/** The system under measurement: a runtime with a stocked catalogue, and the clients that speak to it. */
import { AwsClient, HttpClient } from './aws-json.ts';
import { withDataDirectory } from './data-directory.ts';
import { OrderClient, stockUp } from './orders.ts';
import { Runtime } from './runtime.ts';

/** What a scenario works with. */
export interface System {
  readonly runtime: Runtime;
  readonly aws: AwsClient;
  readonly orders: OrderClient;
}

interface SystemOptions {
  /** Whether the runtime's processes have inspectors. */
  readonly inspected: boolean;
  /** Data that an earlier run has left; an empty directory where none is given. */
  readonly dataDirectory?: string;
}

/** Starts a runtime, lets `use` work with it, and ends it whatever happened. */
export function withSystem<T>(options: SystemOptions, use: (system: System) => Promise<T>): Promise<T> {
  const { dataDirectory } = options;
  if (dataDirectory === undefined) return withDataDirectory((directory) => run(directory, options, use));
  return run(dataDirectory, options, use);
}

async function run<T>(directory: string, options: SystemOptions, use: (system: System) => Promise<T>): Promise<T> {
  const runtime = await Runtime.start(directory, options);
  const http = new HttpClient();
  try {
    const aws = new AwsClient(http, runtime.awsUrl);
    await stockUp(aws);
    return await use({ runtime, aws, orders: new OrderClient(http, runtime.apiUrl) });
  } finally {
    http.close();
    await runtime.stop();
  }
}
