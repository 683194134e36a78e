/** `npm run info`: what the system consists of, and where it answers. */
import { ApiGatewayV2Client, GetApisCommand } from '@aws-sdk/client-apigatewayv2';
import { DynamoDBClient, paginateListTables } from '@aws-sdk/client-dynamodb';
import { paginateListStateMachines, SFNClient } from '@aws-sdk/client-sfn';
import { cloudOf, reaching, type Cloud } from './cloud.ts';
import { main, readCommandLine } from './command-line.ts';
import { listFunctions } from './functions.ts';
import { isOurs } from './names.ts';

const help = `Prints the URLs, tables, functions and state machine of the system.

  npm run info [-- --stage dev]

Without --stage it is the local-cloud that npm start runs; with it, that stage on AWS.`;

await main(async () => {
  const { values } = readCommandLine({ help, options: { stage: { type: 'string' } } });
  const cloud = await cloudOf(values.stage);
  const functions = await listFunctions(cloud);
  print(cloud.isLocal ? 'URLs (local-cloud)' : `URLs (AWS, stage ${cloud.stage})`, await urls(cloud));
  print('Tables', await tables(cloud));
  print('State machines', await stateMachines(cloud));
  print('Functions', functions);
});

function print(title: string, lines: readonly string[]): void {
  console.log(`${title}\n${(lines.length > 0 ? lines : ['none']).map((line) => `  ${line}`).join('\n')}\n`);
}

async function urls(cloud: Cloud): Promise<string[]> {
  if (cloud.isLocal) {
    const api = `http://localhost:${process.env['API_PORT'] ?? '3000'}`;
    const aws = cloud.settings.endpoint ?? '';
    return [`API      ${api}`, `Docs     ${api}/docs`, `AWS      ${aws}`, `Mailbox  ${aws}/_local-cloud/mailbox`];
  }
  // An account has few HTTP APIs; one page holds up to 500 of them.
  const { Items = [] } = await new ApiGatewayV2Client(cloud.settings).send(new GetApisCommand({ MaxResults: '500' }));
  const ours = Items.filter(({ Name = '' }) => isOurs(Name, cloud.stage));
  return ours.map(({ Name, ApiEndpoint }) => `${Name}  ${ApiEndpoint}/${cloud.stage}`).sort();
}

async function tables(cloud: Cloud): Promise<string[]> {
  const client = new DynamoDBClient(cloud.settings);
  const names: string[] = [];
  await reaching(cloud, async () => {
    for await (const page of paginateListTables({ client }, {})) names.push(...(page.TableNames ?? []));
  });
  return names.filter((name) => isOurs(name, cloud.stage)).sort();
}

async function stateMachines(cloud: Cloud): Promise<string[]> {
  const client = new SFNClient(cloud.settings);
  const arns: string[] = [];
  await reaching(cloud, async () => {
    for await (const page of paginateListStateMachines({ client }, {})) {
      for (const { name = '', stateMachineArn = '' } of page.stateMachines ?? []) {
        if (isOurs(name, cloud.stage)) arns.push(stateMachineArn);
      }
    }
  });
  return arns.sort();
}
