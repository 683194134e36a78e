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
import { Redrives } from './redrives.ts';
import { Tokens } from './tokens.ts';

/** What tests make smaller than it is. */
export interface StatesOptions {
  /** How many executions an account may have running at a time. */
  readonly mostRunning?: number;
}

/**
 * The Step Functions part. Executions go on with `start`, on the definitions that they were started with.
 * https://docs.aws.amazon.com/step-functions/latest/dg/welcome.html
 */
export function createStates(ground: Ground, options: StatesOptions = {}): Part {
  const { clock, database, random } = ground;
  const machines = new MachineStore(database, new Expressions(clock, random));
  const history = new History(database);
  const redrives = new Redrives(database);
  const store = new ExecutionStore(database, history, redrives);
  const tokens = new Tokens(database);
  const engine = new Engine(ground, machines, store, tokens, options.mostRunning);
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
          ...executionOperations({ clock, machines, store, history, redrives, engine }),
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
