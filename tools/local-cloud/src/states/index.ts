/** Step Functions: Standard workflows in JSONata, durable, with task tokens. */
import type { Ground, Part } from '../part.ts';
import { Engine } from './engine.ts';
import { ExecutionStore } from './execution-store.ts';
import { executionOperations } from './executions.ts';
import { History } from './history.ts';
import { Expressions } from './jsonata.ts';
import { MachineStore } from './machine-store.ts';
import { declareStateMachine, stateMachineOperations } from './state-machines.ts';
import { taskOperations } from './tasks.ts';
import { Tokens } from './tokens.ts';

/**
 * The Step Functions part. Executions go on with `start`, on the definitions that they were started with.
 * https://docs.aws.amazon.com/step-functions/latest/dg/welcome.html
 */
export function createStates(ground: Ground): Part {
  const { clock, database, random } = ground;
  const machines = new MachineStore(database, new Expressions(clock, random));
  const history = new History(database);
  const store = new ExecutionStore(database, history);
  const tokens = new Tokens(database);
  const engine = new Engine(ground, machines, store, tokens);
  return {
    services: {
      states: {
        name: 'states',
        wire: {
          protocol: 'json',
          version: '1.0',
          targetPrefix: 'AWSStepFunctions',
          errorNamespace: 'com.amazonaws.swf.service.v2.model',
        },
        operations: {
          ...stateMachineOperations(machines, clock),
          ...executionOperations({ clock, machines, store, history, engine }),
          ...taskOperations(engine, store, tokens),
        },
      },
    },
    resources: {
      'AWS::StepFunctions::StateMachine': (resource) => declareStateMachine(machines, clock, resource),
    },
    start: () => engine.start(),
    stop: () => engine.stop(),
  };
}
