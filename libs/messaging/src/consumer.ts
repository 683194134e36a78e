/** The loop of every queue consumer: read each message, hand it to its subscription, report each failure by itself. */
import { type Message, type MessageContract, type MessageOf, metadataSchema } from '@distributed-patterns/contracts';
import { milliseconds, timeToAnswer } from '@distributed-patterns/durations';
import { MetricUnit, type Telemetry } from '@distributed-patterns/telemetry';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { backoff, type Pause } from './backoff.ts';
import { decideAnew } from './decide-anew.ts';

/** A message that does not fit its contract: it is retried like a fault and ends in the dead-letter queue, never dropped. */
export class UnreadableMessage extends Error {
  override readonly name = 'UnreadableMessage';
}

/** A message that is not handled yet when the function's time runs out; it alone comes again. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime';
}

/** Handles one message; it may see the same one twice. */
export type Handle<Contract extends MessageContract> = (message: MessageOf<Contract>) => Promise<void>;

/** A contract and what is done about its messages. */
export interface Subscription {
  readonly type: string;
  readonly version: number;
  readonly receive: (envelope: Envelope, pause: Pause) => Promise<void>;
}

const envelopeSchema = z.object({
  'detail-type': z.string(),
  source: z.string(),
  detail: z.object({ metadata: metadataSchema, data: z.unknown() }),
});
type Envelope = z.infer<typeof envelopeSchema>;

/** What the loop needs besides its messages. */
export interface ConsumerSettings {
  readonly telemetry: Telemetry;
  /** How long the function may still run; without end unless told. */
  readonly context?: Pick<Context, 'getRemainingTimeInMillis'> | undefined;
  /** How a decision is put off when someone else was faster; with exponential backoff unless told. */
  readonly pause?: Pause;
}

/** Subscribes `handle` to the messages of a contract, coming from the contract's source only. */
export function on<Contract extends MessageContract>(contract: Contract, handle: Handle<Contract>): Subscription {
  return {
    type: contract.type,
    version: contract.version,
    receive: async (envelope, pause) => {
      const message = read(contract, envelope);
      await decideAnew(() => handle(message), pause);
    },
  };
}

/**
 * Handles all messages of a batch at once; those that failed are named, so that only they come again
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
 */
export async function consume(
  event: SQSEvent,
  subscriptions: readonly Subscription[],
  settings: ConsumerSettings,
): Promise<SQSBatchResponse> {
  const deadline = deadlineOf(settings);
  const outcomes = event.Records.map((record) => consumeOne(record, subscriptions, settings, deadline.passed));
  const failures = await Promise.all(outcomes);
  deadline.cancel();
  settings.telemetry.metrics.publishStoredMetrics();
  return { batchItemFailures: failures.flatMap((id) => (id === undefined ? [] : [{ itemIdentifier: id }])) };
}

function deadlineOf({ context }: ConsumerSettings): { readonly passed: Promise<never>; readonly cancel: () => void } {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<never>((_resolve, reject) => {
    if (context === undefined) return;
    const left = context.getRemainingTimeInMillis() - milliseconds(timeToAnswer);
    timer = setTimeout(() => reject(new OutOfTime('the function has to answer')), left);
  });
  passed.catch(() => undefined);
  return { passed, cancel: () => clearTimeout(timer) };
}

async function consumeOne(
  record: SQSRecord,
  subscriptions: readonly Subscription[],
  { telemetry, pause = backoff }: ConsumerSettings,
  outOfTime: Promise<never>,
): Promise<string | undefined> {
  let about: Record<string, string> = { queueMessageId: record.messageId };
  try {
    const envelope = readEnvelope(record);
    const { id, correlationId } = envelope.detail.metadata;
    about = { type: envelope['detail-type'], messageId: id, correlationId, ...about };
    await Promise.race([receive(envelope, subscriptions, pause), outOfTime]);
    telemetry.logger.info('message handled', about);
    return undefined;
  } catch (error) {
    telemetry.logger.error('message not handled', { ...about, error });
    telemetry.metrics.addMetric('MessageNotHandled', MetricUnit.Count, 1);
    return record.messageId;
  }
}

async function receive(envelope: Envelope, subscriptions: readonly Subscription[], pause: Pause): Promise<void> {
  const type = envelope['detail-type'];
  const { version } = envelope.detail.metadata;
  const subscription = subscriptions.find((candidate) => candidate.type === type && candidate.version === version);
  if (subscription === undefined) throw new UnreadableMessage(`no subscription to ${type} version ${version}`);
  await subscription.receive(envelope, pause);
}

function readEnvelope(record: SQSRecord): Envelope {
  try {
    return envelopeSchema.parse(JSON.parse(record.body));
  } catch (cause) {
    throw new UnreadableMessage('not an event of the bus', { cause });
  }
}

function read<Contract extends MessageContract>(contract: Contract, envelope: Envelope): MessageOf<Contract> {
  const { metadata, data } = envelope.detail;
  if (envelope.source !== contract.source) throw new UnreadableMessage(`${contract.type} from ${envelope.source}`);
  if (metadata.version !== contract.version)
    throw new UnreadableMessage(`${contract.type} version ${metadata.version}`);
  const parsed = contract.data.safeParse(data);
  if (!parsed.success)
    throw new UnreadableMessage(`${contract.type}: ${parsed.error.message}`, { cause: parsed.error });
  const message: Message<Contract['type'], z.infer<Contract['data']>> = {
    type: contract.type,
    source: contract.source,
    metadata,
    data: parsed.data as z.infer<Contract['data']>,
  };
  return message;
}
