/** Messages as tests write them down, and as a queue hands them to its consumer. */
import type { Message, MessageContract, MessageOf, Metadata } from '@distributed-patterns/contracts';
import type { SQSEvent, SQSRecord } from 'aws-lambda';
import type * as z from 'zod';

/** A message of a contract; what its metadata does not say is the same in every test. */
export function messageOf<Contract extends MessageContract>(
  contract: Contract,
  data: z.infer<Contract['data']>,
  metadata: Partial<Metadata> = {},
): MessageOf<Contract> {
  const usual = {
    id: 'message-1',
    version: contract.version,
    occurredAt: '2026-01-15T09:30:00.000Z',
    correlationId: 'correlation-1',
    causationId: 'cause-1',
  };
  return { type: contract.type, source: contract.source, metadata: { ...usual, ...metadata }, data };
}

/** The event with which Lambda hands over messages of a queue that a rule fills; their queue ids are `queued-1` and so on. */
export function queueEvent(...messages: readonly Message[]): SQSEvent {
  const records = messages.map(({ type, source, metadata, data }, index): SQSRecord => ({
    messageId: `queued-${index + 1}`,
    receiptHandle: 'receipt',
    body: JSON.stringify({ 'detail-type': type, source, detail: { metadata, data } }),
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: '0',
      SenderId: 'events.amazonaws.com',
      ApproximateFirstReceiveTimestamp: '0',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:inbox',
    awsRegion: 'us-east-1',
  }));
  return { Records: records };
}

/** What a consumer answers when every message was handled. */
export const allHandled = { batchItemFailures: [] };

/** What a consumer answers when the messages with these queue ids are to come again. */
export function failed(...queueIds: readonly string[]) {
  return { batchItemFailures: queueIds.map((itemIdentifier) => ({ itemIdentifier })) };
}
