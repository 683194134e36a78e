/** Takes each answer to the saga step that waits for it. */
import { SendTaskFailureCommand, SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
import { type Message, operatorDecision, refusalSchema } from '@distributed-patterns/contracts';
import { consume, on, UnreadableMessage } from '@distributed-patterns/messaging';
import { MetricUnit } from '@distributed-patterns/telemetry';
import type { Context, SQSEvent } from 'aws-lambda';
import { saga } from './order-saga.ts';
import { answersOf, OPERATOR_RETRY } from './saga.ts';
import { type ReplyWiring, replyWiring } from './wiring.ts';

type Reply = SendTaskSuccessCommand | SendTaskFailureCommand;

/** The step no longer waits: it has been answered, or has timed out and was sent again under another token. */
const STEP_IS_CLOSED = new Set(['TaskTimedOut', 'TaskDoesNotExist']);

export const handler = (event: SQSEvent, context?: Context, wired: ReplyWiring = replyWiring()) => {
  const answers = answersOf(saga).map(({ contract, meaning }) =>
    on(contract, (message) => reply(message, meaning === 'success' ? succeed(message) : refuse(message), wired)),
  );
  const decision = on(operatorDecision, (message) =>
    reply(message, message.data.decision === 'retry' ? fail(message, OPERATOR_RETRY, '') : succeed(message), wired),
  );
  return consume(event, [...answers, decision], { telemetry: wired.telemetry, context });
};

async function reply(message: Message, command: Reply, { client, telemetry }: ReplyWiring): Promise<void> {
  try {
    await (command instanceof SendTaskSuccessCommand ? client.send(command) : client.send(command));
  } catch (error) {
    if (!(error instanceof Error) || !STEP_IS_CLOSED.has(error.name)) throw error;
    telemetry.metrics.addMetric('ReplyTooLate', MetricUnit.Count, 1);
    telemetry.logger.info('no step waits for this answer any more', { type: message.type, error: error.name });
  }
}

function succeed(message: Message): SendTaskSuccessCommand {
  return new SendTaskSuccessCommand({ taskToken: tokenOf(message), output: JSON.stringify(message.data) });
}

function refuse(message: Message): SendTaskFailureCommand {
  return fail(message, message.type, JSON.stringify(refusalSchema.parse(message.data).reason));
}

function fail(message: Message, error: string, cause: string): SendTaskFailureCommand {
  return new SendTaskFailureCommand({ taskToken: tokenOf(message), error, cause });
}

function tokenOf({ type, metadata }: Message): string {
  if (metadata.replyToken === undefined) throw new UnreadableMessage(`${type} answers no step`);
  return metadata.replyToken;
}
