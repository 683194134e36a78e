/** SendMessage and SendMessageBatch. */
import { createHash, randomUUID } from 'node:crypto';
import * as z from 'zod';
import { ACCOUNT } from '../arn.ts';
import { AwsError } from '../aws-error.ts';
import type { Clock } from '../clock.ts';
import { operation, type BoundOperation, type Permission, type Principal } from '../service.ts';
import { checkEntries, eachEntry } from './batch.ts';
import { invalidParameter, missingParameter, parameters } from './errors.ts';
import {
  attributesSize,
  attributeValue,
  checkAttributes,
  md5,
  md5OfAttributes,
  type AttributeValue,
} from './message-attributes.ts';
import { forbiddenCharacter } from './message-content.ts';
import type { MessageStore } from './message-store.ts';
import { queueArnOf, type Queue, type Queues } from './queue.ts';
import type { Visibility } from './visibility.ts';

/** The total size of a batch: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html. */
const LARGEST_BATCH = 1_048_576;
const LONGEST_DELAY = 900;
const GROUP_ID = /^[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,128}$/;

const message = {
  MessageBody: z.string(),
  DelaySeconds: z.number().optional(),
  MessageAttributes: z.record(z.string(), attributeValue).optional(),
  MessageSystemAttributes: z.strictObject({ AWSTraceHeader: attributeValue.optional() }).optional(),
  MessageGroupId: z.string().optional(),
};
const sendMessage = parameters(z.strictObject({ QueueUrl: z.string(), ...message }));
const batchEntry = z.strictObject({ Id: z.string(), ...message });
const sendMessageBatch = parameters(z.strictObject({ QueueUrl: z.string(), Entries: z.array(batchEntry).optional() }));

type Message = Omit<z.infer<typeof batchEntry>, 'Id'>;

interface Sent {
  readonly MessageId: string;
  readonly MD5OfMessageBody: string;
  readonly MD5OfMessageAttributes?: string | undefined;
  readonly MD5OfMessageSystemAttributes?: string | undefined;
}

/** The operations that put messages into queues. */
export function sendOperations(
  queues: Queues,
  store: MessageStore,
  visibility: Visibility,
  clock: Clock,
): Record<string, BoundOperation> {
  const send = (queue: Queue, given: Message, principal: Principal): Sent => {
    check(queue, given);
    const now = clock.now();
    const attributes = given.MessageAttributes ?? {};
    const trace = given.MessageSystemAttributes ?? {};
    const sent: Sent = {
      MessageId: randomUUID(),
      MD5OfMessageBody: md5(given.MessageBody),
      MD5OfMessageAttributes: md5OfAttributes(attributes),
      MD5OfMessageSystemAttributes: trace.AWSTraceHeader && md5OfAttributes({ AWSTraceHeader: trace.AWSTraceHeader }),
    };
    const visibleAt = now + (given.DelaySeconds ?? queue.delaySeconds) * 1000;
    store.add(
      queue.name,
      {
        message_id: sent.MessageId,
        body: given.MessageBody,
        attributes: sent.MD5OfMessageAttributes === undefined ? null : JSON.stringify(attributes),
        attributes_md5: sent.MD5OfMessageAttributes ?? null,
        sender_id: senderId(principal),
        group_id: given.MessageGroupId ?? null,
        trace_header: trace.AWSTraceHeader?.StringValue ?? null,
        sent_at: now,
      },
      visibleAt,
    );
    store.afterCommit(() => visibility.expect(queue, visibleAt));
    return sent;
  };

  return {
    SendMessage: operation({
      parse: sendMessage,
      needs: ({ QueueUrl }) => maySend(QueueUrl),
      run: ({ QueueUrl, ...given }, { principal }) => send(queues.at(QueueUrl), given, principal),
    }),
    SendMessageBatch: operation({
      parse: sendMessageBatch,
      needs: ({ QueueUrl }) => maySend(QueueUrl),
      run: ({ QueueUrl, Entries = [] }, { principal }) => {
        const queue = queues.at(QueueUrl);
        checkEntries(Entries, 'SendMessageBatchRequestEntry');
        checkBatchSize(Entries);
        return store.transaction(() =>
          eachEntry(Entries, ({ Id, ...given }) => ({ Id, ...send(queue, given, principal) })),
        );
      },
    }),
  };
}

/** Batches are allowed by the permission for the single operation (the SQS guide, "Batch actions"). */
function maySend(queueUrl: string): Permission[] {
  return [{ action: 'sqs:SendMessage', resource: queueArnOf(queueUrl) }];
}

function check(queue: Queue, given: Message): void {
  if (given.MessageBody === '') throw missingParameter('MessageBody');
  const { DelaySeconds: delay, MessageGroupId: group } = given;
  if (delay !== undefined && !(Number.isInteger(delay) && delay >= 0 && delay <= LONGEST_DELAY)) {
    throw invalidParameter(
      `Value ${delay} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= ${LONGEST_DELAY}.`,
    );
  }
  if (group !== undefined && !GROUP_ID.test(group)) {
    throw invalidParameter(
      `Value ${group} for parameter MessageGroupId is invalid. Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.`,
    );
  }
  checkAttributes(given.MessageAttributes ?? {});
  checkTraceHeader(given.MessageSystemAttributes?.AWSTraceHeader);
  if (sizeOf(given) > queue.maximumMessageSize) {
    throw invalidParameter(
      `One or more parameters are invalid. Reason: Message must be shorter than ${queue.maximumMessageSize} bytes.`,
    );
  }
  const forbidden = forbiddenCharacter(given.MessageBody);
  if (forbidden !== undefined) {
    const text = `Invalid binary character '${forbidden}' was found in the message body, the set of allowed characters is #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF`;
    throw new AwsError('InvalidMessageContents', text);
  }
}

/** The one system attribute that a sender may set is text; it does not count towards the size of the message. */
function checkTraceHeader(header: AttributeValue | undefined): void {
  if (header === undefined || (header.DataType === 'String' && (header.StringValue ?? '') !== '')) return;
  throw invalidParameter(
    "Message (system) attribute 'AWSTraceHeader' must contain a non-empty value of type 'String'.",
  );
}

function checkBatchSize(entries: readonly Message[]): void {
  const size = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  if (size <= LARGEST_BATCH) return;
  const text = `Batch requests cannot be longer than ${LARGEST_BATCH} bytes. You have sent ${size} bytes.`;
  throw new AwsError('BatchRequestTooLong', text);
}

function sizeOf(given: Message): number {
  return Buffer.byteLength(given.MessageBody) + attributesSize(given.MessageAttributes ?? {});
}

const senderIds = new Map<string, string>();

/** `SenderId`: the account's, or the unique identifier of a role and its session. */
function senderId(principal: Principal): string {
  if (principal.type === 'administrator') return ACCOUNT;
  const whole = principal.type === 'role' ? principal.arn : principal.name;
  let id = senderIds.get(whole);
  if (id === undefined) {
    const unique = createHash('sha256').update(whole).digest('hex').slice(0, 17).toUpperCase();
    id = principal.type === 'role' ? `AROA${unique}:${whole.split('/').at(-1)}` : `AIDA${unique}`;
    senderIds.set(whole, id);
  }
  return id;
}
