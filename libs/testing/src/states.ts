/** A Step Functions for the tests of whoever starts executions or answers their tasks. */
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { Cloud } from '@distributed-patterns/local-cloud';
import { clientOf, startCloudWith } from './cloud.ts';

/** How an execution stands. */
export interface ExecutionState {
  readonly status: string | undefined;
  readonly input: unknown;
  readonly output: unknown;
  readonly error: string | undefined;
  readonly cause: string | undefined;
}

/** Step Functions with the state machines that a test gives it. */
export interface TestStates {
  readonly client: SFNClient;
  /** Faults to inject: `states.<Operation>`. */
  readonly faults: Cloud['faults'];
  /** The ARN of a machine, by its name. */
  machineArn(name: string): string;
  /** Starts the machine `name`, whose first task then waits; returns the execution's ARN and that task's token. */
  startWaiting(name: string): Promise<{ readonly executionArn: string; readonly token: string }>;
  /** What an execution has come to, once nothing is under way any more. */
  describe(executionArn: string): Promise<ExecutionState>;
  stop(): Promise<void>;
}

/** A machine of one task, which waits until its token is answered; its output is the answer. */
export const waitingMachine = {
  QueryLanguage: 'JSONata',
  StartAt: 'Waiting',
  States: {
    Waiting: {
      Type: 'Task',
      Resource: 'arn:aws:states:::events:putEvents.waitForTaskToken',
      Arguments: {
        Entries: [
          {
            EventBusName: 'test-bus',
            Source: 'test',
            DetailType: 'Waiting',
            Detail: { token: '{% $states.context.Task.Token %}' },
          },
        ],
      },
      End: true,
    },
  },
};

/** Starts a Step Functions on a free port of the loopback interface, with state machines by name. */
export async function startStates(machines: Readonly<Record<string, object>>): Promise<TestStates> {
  const cloud = await startCloudWith({
    Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: 'test-bus' } },
    Role: { Type: 'AWS::IAM::Role', Properties: roleOfMachines },
    ...Object.fromEntries(Object.entries(machines).map(([name, machine]) => [name, declared(name, machine)])),
  });
  const client = new SFNClient(clientOf(cloud));
  const machineArn = (name: string): string => `arn:aws:states:us-east-1:000000000000:stateMachine:${name}`;
  return {
    client,
    faults: cloud.faults,
    machineArn,
    async startWaiting(name) {
      const { executionArn = '' } = await client.send(new StartExecutionCommand({ stateMachineArn: machineArn(name) }));
      await cloud.activity.whenIdle();
      return { executionArn, token: await tokenOf(client, executionArn) };
    },
    async describe(executionArn) {
      await cloud.activity.whenIdle();
      const { status, input, output, error, cause } = await client.send(new DescribeExecutionCommand({ executionArn }));
      return { status, input: JSON.parse(input ?? 'null'), output: JSON.parse(output ?? 'null'), error, cause };
    },
    async stop() {
      client.destroy();
      await cloud.stop();
    },
  };
}

const allowed = (statement: object) => ({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });

const roleOfMachines = {
  AssumeRolePolicyDocument: allowed({ Action: 'sts:AssumeRole', Principal: { Service: 'states.amazonaws.com' } }),
  Policies: [{ PolicyName: 'publish', PolicyDocument: allowed({ Action: 'events:PutEvents', Resource: '*' }) }],
};

function declared(name: string, machine: object) {
  const properties = {
    StateMachineName: name,
    DefinitionString: JSON.stringify(machine),
    RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
  };
  return { Type: 'AWS::StepFunctions::StateMachine', Properties: properties };
}

/** The task's token stands in what the task was scheduled with. */
async function tokenOf(client: SFNClient, executionArn: string): Promise<string> {
  const { events } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
  const parameters = events?.find(({ type }) => type === 'TaskScheduled')?.taskScheduledEventDetails?.parameters;
  const [, token] = /"token":"([^"]+)"/.exec(parameters ?? '') ?? [];
  if (token === undefined) throw new Error(`no task of ${executionArn} waits`);
  return token;
}
