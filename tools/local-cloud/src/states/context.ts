/** What the expressions of a state see: the variables, and `$states`. */
import type { ExecutionIdentity, Visit } from './execution.ts';
import type { Json } from './json.ts';
import type { Bindings } from './jsonata.ts';

/** The part of `$states` that only some fields see. */
export interface Seen {
  readonly result?: Json;
  readonly errorOutput?: Json;
}

/**
 * The variables of a visit, with the context object
 * (https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html).
 * @param task of a Task state only: the attempt's token, where one is awaited
 */
export function bindingsOf(
  execution: ExecutionIdentity,
  variables: Bindings,
  visit: Visit,
  seen: Seen,
  task: { readonly token: string | undefined } | undefined,
): Bindings {
  const context: Json = {
    Execution: {
      Id: execution.arn,
      Input: execution.input,
      Name: execution.name,
      RoleArn: execution.roleArn,
      StartTime: new Date(execution.startedAt).toISOString(),
      RedriveCount: execution.redrives,
      ...(execution.redrivenAt === undefined ? {} : { RedriveTime: new Date(execution.redrivenAt).toISOString() }),
    },
    State: {
      EnteredTime: new Date(visit.enteredAt).toISOString(),
      Name: visit.state,
      // What cannot be retried has no count.
      ...(task === undefined ? {} : { RetryCount: visit.retryCount }),
    },
    StateMachine: { Id: execution.machineArn, Name: execution.machineName },
    ...(task?.token === undefined ? {} : { Task: { Token: task.token } }),
  };
  return { ...variables, states: { input: visit.input, context, ...seen } };
}
