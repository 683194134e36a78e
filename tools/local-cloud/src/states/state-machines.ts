/** State machine operations, and the state machines that templates declare. */
import * as z from 'zod';
import { arn } from '../arn.ts';
import { AwsError, notImplemented } from '../aws-error.ts';
import type { Clock } from '../clock.ts';
import { propertiesOf, type DeclaredResource, type ResourceIdentity } from '../resource.ts';
import { operation, parser, type BoundOperation } from '../service.ts';
import type { MachineStore, StateMachine } from './machine-store.ts';
import { checkArn, checkName, page, pageSize, readCursor, seconds } from './request-fields.ts';

const logging = z.looseObject({ level: z.string().optional() }).optional();
const tracing = z.strictObject({ enabled: z.boolean().optional() }).optional();
const tags = z.array(z.unknown()).optional();

const properties = z.strictObject({
  StateMachineName: z.string().optional(),
  DefinitionString: z.string(),
  DefinitionSubstitutions: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  RoleArn: z.string(),
  StateMachineType: z.literal('STANDARD').optional(),
  LoggingConfiguration: z.unknown().optional(),
  TracingConfiguration: z.unknown().optional(),
  Tags: z.unknown().optional(),
});

/**
 * Takes over an `AWS::StepFunctions::StateMachine`
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html).
 * @throws Error naming a property that is not supported, AwsError for a definition that is not valid
 */
export function declareStateMachine(
  machines: MachineStore,
  clock: Clock,
  resource: DeclaredResource,
): ResourceIdentity {
  const {
    StateMachineName: given,
    DefinitionString: text,
    DefinitionSubstitutions: values,
    RoleArn: roleArn,
  } = propertiesOf(resource, properties);
  const name = given ?? `${resource.logicalId}-${resource.stack}`;
  const definition = text.replace(/\$\{([^}]+)\}/g, (whole, key: string) => String(values[key] ?? whole));
  const machine = machines.put(
    { arn: arn('states', `stateMachine:${name}`), name, roleArn, definition, createdAt: clock.now() },
    { declared: true },
  );
  return { ref: machine.arn, attributes: { Arn: machine.arn, Name: name } };
}

/** How long a definition may be. */
const LONGEST_DEFINITION = 1_048_576;
const definitionText = z.string().min(1).max(LONGEST_DEFINITION);
const machineType = z.enum(['STANDARD', 'EXPRESS']).default('STANDARD');

const createStateMachine = parser(
  z.strictObject({
    name: z.string(),
    definition: definitionText,
    roleArn: z.string(),
    type: machineType,
    loggingConfiguration: logging,
    tracingConfiguration: tracing,
    tags,
  }),
);
const describeStateMachine = parser(z.strictObject({ stateMachineArn: z.string() }));
const validateDefinition = parser(
  z.strictObject({
    definition: definitionText,
    type: machineType,
    severity: z.enum(['ERROR', 'WARNING']).optional(),
    maxResults: z.int().min(0).max(100).optional(),
  }),
);
const listStateMachines = parser(z.strictObject({ maxResults: pageSize, nextToken: z.string().optional() }));

/** CreateStateMachine, DescribeStateMachine, ListStateMachines, ValidateStateMachineDefinition. */
export function stateMachineOperations(machines: MachineStore, clock: Clock): Readonly<Record<string, BoundOperation>> {
  return {
    /** https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html */
    CreateStateMachine: operation({
      parse: createStateMachine,
      needs: ({ name }) => [{ action: 'states:CreateStateMachine', resource: arn('states', `stateMachine:${name}`) }],
      run: ({ name, definition, roleArn, type }) => {
        checkName(name);
        checkArn(roleArn);
        checkType(type);
        const machine = {
          arn: arn('states', `stateMachine:${name}`),
          name,
          roleArn,
          definition,
          createdAt: clock.now(),
        };
        const existing = machines.find(machine.arn);
        if (existing !== undefined && (existing.definition !== definition || existing.roleArn !== roleArn)) {
          throw new AwsError('StateMachineAlreadyExists', `State Machine Already Exists: '${machine.arn}'`);
        }
        const stored = existing ?? machines.put(machine, { declared: false });
        return { stateMachineArn: stored.arn, creationDate: seconds(stored.createdAt) };
      },
    }),

    /** https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachine.html */
    DescribeStateMachine: operation({
      parse: describeStateMachine,
      needs: (input) => [{ action: 'states:DescribeStateMachine', resource: input.stateMachineArn }],
      run: (input) => {
        const machine = existingMachine(machines, input.stateMachineArn);
        return {
          stateMachineArn: machine.arn,
          name: machine.name,
          status: 'ACTIVE',
          definition: machine.definition,
          roleArn: machine.roleArn,
          type: 'STANDARD',
          creationDate: seconds(machine.createdAt),
          loggingConfiguration: { level: 'OFF', includeExecutionData: false },
          tracingConfiguration: { enabled: false },
        };
      },
    }),

    /** https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html */
    ValidateStateMachineDefinition: operation({
      parse: validateDefinition,
      needs: () => [{ action: 'states:ValidateStateMachineDefinition', resource: '*' }],
      run: ({ definition, type }) => {
        checkType(type);
        const mistake = machines.mistakeIn(definition);
        const { rule: code, problem: message, location } = mistake ?? {};
        const diagnostics = mistake === undefined ? [] : [{ severity: 'ERROR', code, message, location }];
        return { result: mistake === undefined ? 'OK' : 'FAIL', diagnostics, truncated: false };
      },
    }),

    /** https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListStateMachines.html */
    ListStateMachines: operation({
      parse: listStateMachines,
      needs: () => [{ action: 'states:ListStateMachines', resource: '*' }],
      run: ({ maxResults, nextToken }) => {
        const from = readCursor(nextToken) ?? 0;
        const { items, nextToken: next } = page(machines.all().slice(from), maxResults, from + maxResults);
        return {
          stateMachines: items.map((machine) => ({
            stateMachineArn: machine.arn,
            name: machine.name,
            type: 'STANDARD',
            creationDate: seconds(machine.createdAt),
          })),
          nextToken: next,
        };
      },
    }),
  };
}

function checkType(type: 'STANDARD' | 'EXPRESS'): void {
  if (type !== 'STANDARD') throw notImplemented(`state machines of the type ${type}`);
}

/**
 * The state machine of this ARN.
 * @throws AwsError InvalidArn, StateMachineDoesNotExist
 */
export function existingMachine(machines: MachineStore, given: string): StateMachine {
  const machine = machines.find(checkArn(given));
  if (machine === undefined) throw new AwsError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${given}'`);
  return machine;
}
