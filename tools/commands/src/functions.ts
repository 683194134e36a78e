/** The system's Lambda functions: finding them, calling them. */
import { InvokeCommand, LambdaClient, paginateListFunctions, ResourceNotFoundException } from '@aws-sdk/client-lambda';
import { reaching, type Cloud } from './cloud.ts';
import { CommandError } from './command-line.ts';
import { functionName, isOurs, prefix } from './names.ts';

/** The names of all functions of the system, or of one service. */
export async function listFunctions(cloud: Cloud, service?: string): Promise<string[]> {
  const client = new LambdaClient(cloud.settings);
  const names: string[] = [];
  await reaching(cloud, async () => {
    for await (const page of paginateListFunctions({ client }, {})) {
      for (const { FunctionName = '' } of page.Functions ?? []) names.push(FunctionName);
    }
  });
  const wanted = service === undefined ? `${prefix}-` : `${prefix}-${service}-`;
  return names.filter((name) => isOurs(name, cloud.stage) && name.startsWith(wanted)).sort();
}

export interface Answer {
  readonly payload: string;
  /** Set when the function threw. */
  readonly failure: string | undefined;
}

/** Calls a function and waits for its answer. */
export async function invoke(cloud: Cloud, service: string, name: string, data: string): Promise<Answer> {
  const client = new LambdaClient(cloud.settings);
  const FunctionName = functionName(service, name, cloud.stage);
  try {
    const answer = await reaching(cloud, () =>
      client.send(new InvokeCommand({ FunctionName, Payload: Buffer.from(data) })),
    );
    return { payload: Buffer.from(answer.Payload ?? []).toString('utf8'), failure: answer.FunctionError };
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    const known = await listFunctions(cloud);
    throw new CommandError(`There is no function ${FunctionName}. These exist:\n  ${known.join('\n  ')}`, {
      cause: error,
    });
  }
}

/** Puts the products into the catalogue that are not there yet. */
export async function seedCatalogue(cloud: Cloud): Promise<void> {
  const { failure, payload } = await invoke(cloud, 'inventory', 'seed-catalogue', '{}');
  if (failure !== undefined) throw new CommandError(`The catalogue could not be seeded: ${payload}`);
}
