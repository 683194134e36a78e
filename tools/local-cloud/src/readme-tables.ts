/** The tables of the README that follow from the code: which of AWS's operations there are, and which types do nothing. */
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as dynamodbstreams from '@aws-sdk/client-dynamodb-streams';
import * as events from '@aws-sdk/client-eventbridge';
import * as lambda from '@aws-sdk/client-lambda';
import * as ses from '@aws-sdk/client-sesv2';
import * as states from '@aws-sdk/client-sfn';
import * as sqs from '@aws-sdk/client-sqs';
import * as ssm from '@aws-sdk/client-ssm';
import * as sts from '@aws-sdk/client-sts';
import { table, type Tables } from '@distributed-patterns/readme-tables';
import { layGround } from './cloud.ts';
import { Database } from './database.ts';
import { assemble } from './parts.ts';
import { acceptedBecause } from './templates/without-behaviour.ts';

/** The services by id: their names, and the SDK's clients, which know every operation that AWS has. */
const SERVICES: Readonly<Record<string, { readonly name: string; readonly client: object }>> = {
  dynamodb: { name: 'DynamoDB', client: dynamodb },
  dynamodbstreams: { name: 'DynamoDB Streams', client: dynamodbstreams },
  sqs: { name: 'SQS', client: sqs },
  events: { name: 'EventBridge', client: events },
  states: { name: 'Step Functions', client: states },
  lambda: { name: 'Lambda', client: lambda },
  ses: { name: 'SES v2', client: ses },
  ssm: { name: 'SSM', client: ssm },
  logs: { name: 'CloudWatch Logs', client: logs },
  sts: { name: 'STS', client: sts },
};

/** By the names that they have in the README. */
export function readmeTables(): Tables {
  const supported = supportedOperations();
  return {
    operations: table(['service', 'operations'], operations(supported)),
    'all-operations': table(['service', 'operation', 'answer'], allOperations(supported)),
    accepted: table(['type', 'why'], accepted()),
  };
}

/** The operations that each service's code has, by its id. */
function supportedOperations(): ReadonlyMap<string, readonly string[]> {
  const database = new Database(':memory:');
  const { ground, iam } = layGround({}, database);
  assemble(ground, { iam, endpointUrl: () => '', parameters: {} });
  const { services } = ground.dispatcher;
  const unnamed = [...services.keys()].filter((id) => !(id in SERVICES));
  if (unnamed.length > 0) throw new Error(`${unnamed.join(', ')} has no name in the README`);
  const supported = [...services].map(([id, service]) => [id, Object.keys(service.operations).sort()] as const);
  ground.clock.stop();
  database.close();
  return new Map(supported);
}

function operations(supported: ReadonlyMap<string, readonly string[]>): string[][] {
  return Object.entries(SERVICES).map(([id, { name }]) => [name, (supported.get(id) ?? []).join(', ')]);
}

/**
 * Every operation of AWS's services, one a row.
 * @throws Error for an operation of ours that AWS does not have
 */
function allOperations(supported: ReadonlyMap<string, readonly string[]>): string[][] {
  return Object.entries(SERVICES).flatMap(([id, { name, client }]) => {
    const ours = new Set(supported.get(id));
    const all = Object.keys(client).flatMap((member) => /^([A-Z]\w*)Command$/.exec(member)?.[1] ?? []);
    const invented = [...ours].filter((operation) => !all.includes(operation));
    if (invented.length > 0) throw new Error(`${name} has no ${invented.join(', ')}`);
    return all.sort().map((operation) => [name, operation, ours.has(operation) ? 'supported' : '`NotImplemented`']);
  });
}

function accepted(): string[][] {
  return Object.entries(acceptedBecause).map(([type, why]) => [`\`${type}\``, why]);
}
