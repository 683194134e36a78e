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
 * @param token the attempt's token, where the task awaits one
 */
export function bindingsOf(
  execution: ExecutionIdentity,
  variables: Bindings,
  visit: Visit,
  seen: Seen,
  token: string | undefined,
): Bindings {
  const context: Json = {
    Execution: {
      Id: execution.arn,
      Input: execution.input,
      Name: execution.name,
      RoleArn: execution.roleArn,
      StartTime: new Date(execution.startedAt).toISOString(),
      RedriveCount: 0,
    },
    State: { EnteredTime: new Date(visit.enteredAt).toISOString(), Name: visit.state, RetryCount: visit.retryCount },
    StateMachine: { Id: execution.machineArn, Name: execution.machineName },
    ...(token === undefined ? {} : { Task: { Token: token } }),
  };
  return { ...variables, states: { input: visit.input, context, ...seen } };
}
