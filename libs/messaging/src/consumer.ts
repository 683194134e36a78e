/** The loop of every queue consumer: read each message, hand it to its subscription, report each failure by itself. */
import { type Message, type MessageContract, type MessageOf, metadataSchema } from '@distributed-patterns/contracts';
import { MetricUnit, type Telemetry } from '@distributed-patterns/telemetry';
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import * as z from 'zod';
import { VersionClash } from './transaction.ts';

/** A message that does not fit its contract: it is retried like a fault and ends in the dead-letter queue, never dropped. */
export class UnreadableMessage extends Error {
  override readonly name = 'UnreadableMessage';
}

/** Handles one message; it may see the same one twice. */
export type Handle<Contract extends MessageContract> = (message: MessageOf<Contract>) => Promise<void>;

/** A contract and what is done about its messages. */
export interface Subscription {
  readonly type: string;
  readonly receive: (envelope: Envelope) => Promise<void>;
}

const envelopeSchema = z.object({
  'detail-type': z.string(),
  source: z.string(),
  detail: z.object({ metadata: metadataSchema, data: z.unknown() }),
});
type Envelope = z.infer<typeof envelopeSchema>;

/** How often a decision is made anew when someone else was faster. */
const DECISIONS = 5;

/** Subscribes `handle` to the messages of a contract, coming from the contract's source only. */
export function on<Contract extends MessageContract>(contract: Contract, handle: Handle<Contract>): Subscription {
  return {
    type: contract.type,
    receive: async (envelope) => {
      const message = read(contract, envelope);
      await decideAnew(() => handle(message));
    },
  };
}

/** Handles all messages of a batch at once; those that failed are named, so that only they come again. */
export async function consume(
  event: SQSEvent,
  subscriptions: readonly Subscription[],
  telemetry: Telemetry,
): Promise<SQSBatchResponse> {
  const failures = await Promise.all(event.Records.map((record) => consumeOne(record, subscriptions, telemetry)));
  telemetry.metrics.publishStoredMetrics();
  return { batchItemFailures: failures.flatMap((id) => (id === undefined ? [] : [{ itemIdentifier: id }])) };
}

async function consumeOne(
  record: SQSRecord,
  subscriptions: readonly Subscription[],
  telemetry: Telemetry,
): Promise<string | undefined> {
  let about: Record<string, string> = { queueMessageId: record.messageId };
  try {
    const envelope = readEnvelope(record);
    const { id, correlationId } = envelope.detail.metadata;
    about = { type: envelope['detail-type'], messageId: id, correlationId, ...about };
    await receive(envelope, subscriptions);
    telemetry.logger.info('message handled', about);
    return undefined;
  } catch (error) {
    telemetry.logger.error('message not handled', { ...about, error });
    telemetry.metrics.addMetric('MessageNotHandled', MetricUnit.Count, 1);
    return record.messageId;
  }
}

async function receive(envelope: Envelope, subscriptions: readonly Subscription[]): Promise<void> {
  const type = envelope['detail-type'];
  const subscription = subscriptions.find((candidate) => candidate.type === type);
  if (subscription === undefined) throw new UnreadableMessage(`no subscription to ${type}`);
  await subscription.receive(envelope);
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

async function decideAnew(handle: () => Promise<void>): Promise<void> {
  for (let decision = 1; ; decision++) {
    try {
      return await handle();
    } catch (error) {
      if (!(error instanceof VersionClash) || decision === DECISIONS) throw error;
    }
  }
}
