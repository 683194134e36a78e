/** Sends to targets and dead-letter queues by calling their services, as the principal that AWS uses for it. */
import { ACCOUNT } from '../arn.ts';
import type { Dispatcher } from '../dispatcher.ts';
import type { Principal } from '../service.ts';
import { InvalidJson, type Exhausted, type Failure } from './failure.ts';
import type { Rule, Target } from './rule.ts';

const QUEUE = /^arn:aws:sqs:[^:]+:\d{12}:([^:]+)$/;
const FUNCTION = /^arn:aws:lambda:[^:]+:\d{12}:function:/;
const STATE_MACHINE = /^arn:aws:states:[^:]+:\d{12}:stateMachine:/;

/**
 * Says whether events can be sent to an ARN at all.
 * @throws Error naming a target that is not supported
 */
export function checkTargetArn(arn: string, roleArn: string | undefined): void {
  if (STATE_MACHINE.test(arn) && roleArn === undefined) throw new Error(`RoleArn is required for target ${arn}.`);
  if (QUEUE.test(arn) || FUNCTION.test(arn) || STATE_MACHINE.test(arn)) return;
  throw new Error(`local-cloud does not implement the target ${arn}`);
}

/** Sends the input to a queue, a function or a state machine. */
export async function sendToTarget(dispatcher: Dispatcher, rule: Rule, target: Target, input: string): Promise<void> {
  const principal: Principal =
    target.roleArn === undefined ? ruleItself(rule.arn) : { type: 'role', arn: target.roleArn };
  if (QUEUE.test(target.arn)) {
    await dispatcher.call('sqs', 'SendMessage', { QueueUrl: queueUrl(target.arn), MessageBody: input }, principal);
    return;
  }
  checkJson(input);
  if (FUNCTION.test(target.arn)) {
    const invocation = { FunctionName: target.arn, InvocationType: 'Event', Payload: Buffer.from(input) };
    await dispatcher.call('lambda', 'Invoke', invocation, principal);
  } else {
    await dispatcher.call('states', 'StartExecution', { stateMachineArn: target.arn, input }, principal);
  }
}

/** Sends an event that could not be delivered, with what AWS says about it in the message's attributes. */
export async function sendDeadLetter(
  dispatcher: Dispatcher,
  deadLetterArn: string,
  letter: {
    readonly event: string;
    readonly ruleArn: string;
    readonly targetArn: string;
    readonly failure: Failure;
    readonly exhausted: Exhausted | undefined;
    readonly retryAttempts: number;
  },
): Promise<void> {
  const attributes: Readonly<Record<string, string | undefined>> = {
    RULE_ARN: letter.ruleArn,
    TARGET_ARN: letter.targetArn,
    ERROR_CODE: letter.failure.errorCode,
    ERROR_MESSAGE: letter.failure.message,
    EXHAUSTED_RETRY_CONDITION: letter.exhausted,
    RETRY_ATTEMPTS: String(letter.retryAttempts),
  };
  const given = Object.entries(attributes).filter(([, value]) => value !== undefined && value !== '');
  const message = {
    QueueUrl: queueUrl(deadLetterArn),
    MessageBody: letter.event,
    MessageAttributes: Object.fromEntries(
      given.map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
    ),
  };
  await dispatcher.call('sqs', 'SendMessage', message, ruleItself(letter.ruleArn));
}

function ruleItself(ruleArn: string): Principal {
  return { type: 'service', name: 'events.amazonaws.com', sourceArn: ruleArn };
}

/** SQS knows a queue by the end of its URL, whatever host comes before it. */
function queueUrl(queueArn: string): string {
  return `https://sqs.amazonaws.com/${ACCOUNT}/${QUEUE.exec(queueArn)?.[1] ?? ''}`;
}

function checkJson(input: string): void {
  try {
    JSON.parse(input);
  } catch (error) {
    throw new InvalidJson('The input that the target would get is not valid JSON', { cause: error });
  }
}
