/** Starts a saga for every order that was placed. */
import { announce, orderPlaced, type OrderPlaced } from '@distributed-patterns/contracts';
import { consume, on, stamp, toOutboxItem } from '@distributed-patterns/messaging';
import type { Context, SQSEvent } from 'aws-lambda';
import { lastCommands, startSaga } from './executions.ts';
import { type StarterWiring, starterWiring } from './wiring.ts';

/** The bus did not take a command that was to be sent again. */
export class CommandRefused extends Error {
  override readonly name = 'CommandRefused';
}

export const handler = (event: SQSEvent, context?: Context, wired: StarterWiring = starterWiring()) =>
  consume(event, [on(orderPlaced, (message) => start(message, wired))], { telemetry: wired.telemetry, context });

async function start(
  placed: OrderPlaced,
  { client, stateMachineArn, publisher, clockAndIds }: StarterWiring,
): Promise<void> {
  const last = await startSaga(client, stateMachineArn, placed);
  if (last === undefined) return;
  // The order asks again although its saga has ended: it has not heard the end of it.
  const command = stamp(announce(lastCommands[last.type], last.data), placed.metadata, clockAndIds);
  const { published, refused, failure } = await publisher.publish([toOutboxItem(command)]);
  if (published.length === 0) throw new CommandRefused(refused[0]?.message ?? 'no answer', { cause: failure });
}
