/** Operations on queues as a whole: finding them, their attributes, emptying them. */
import * as z from 'zod';
import { ACCOUNT, arn } from '../arn.ts';
import { AwsError, notImplemented } from '../aws-error.ts';
import type { Clock } from '../clock.ts';
import { operation, type BoundOperation, type Permission } from '../service.ts';
import { checkRange, parameters, queueDoesNotExist, unknownAttribute } from './errors.ts';
import type { MessageStore } from './message-store.ts';
import { queueArnOf, type Queue, type Queues } from './queue.ts';

const PURGE_INTERVAL = 60_000;
const LONGEST_LIST = 1000;

const getQueueUrl = parameters(
  z.strictObject({ QueueName: z.string(), QueueOwnerAWSAccountId: z.string().default(ACCOUNT) }),
);
const getQueueAttributes = parameters(
  z.strictObject({ QueueUrl: z.string(), AttributeNames: z.array(z.string()).optional() }),
);
const purgeQueue = parameters(z.strictObject({ QueueUrl: z.string() }));
const paging = { MaxResults: z.number().optional(), NextToken: z.string().optional() };
const listQueues = parameters(z.strictObject({ QueueNamePrefix: z.string().optional(), ...paging }));
const listSources = parameters(z.strictObject({ QueueUrl: z.string(), ...paging }));

/** GetQueueUrl, GetQueueAttributes, ListQueues, ListDeadLetterSourceQueues and PurgeQueue. */
export function queueOperations(queues: Queues, store: MessageStore, clock: Clock): Record<string, BoundOperation> {
  const purgedAt = new Map<string, number>();
  return {
    GetQueueUrl: operation({
      parse: getQueueUrl,
      needs: ({ QueueName }) => [{ action: 'sqs:GetQueueUrl', resource: arn('sqs', QueueName) }],
      run: ({ QueueName, QueueOwnerAWSAccountId }) => {
        if (QueueOwnerAWSAccountId !== ACCOUNT) throw queueDoesNotExist();
        return { QueueUrl: queues.url(queues.named(QueueName)) };
      },
    }),
    GetQueueAttributes: operation({
      parse: getQueueAttributes,
      needs: ({ QueueUrl }) => may('GetQueueAttributes', QueueUrl),
      run: ({ QueueUrl, AttributeNames = [] }) => {
        const queue = queues.at(QueueUrl);
        if (AttributeNames.length === 0) return {};
        store.expire(queue.name, clock.now() - queue.messageRetentionPeriod * 1000);
        return { Attributes: select(attributesOf(queue, store.count(queue.name, clock.now())), AttributeNames) };
      },
    }),
    ListQueues: operation({
      parse: listQueues,
      needs: () => [{ action: 'sqs:ListQueues', resource: '*' }],
      run: ({ QueueNamePrefix = '', MaxResults, NextToken }) => {
        const found = queues.all().filter(({ name }) => name.startsWith(QueueNamePrefix));
        const { page, next } = pageOf(found, MaxResults, NextToken);
        return { QueueUrls: page.map((queue) => queues.url(queue)), NextToken: next };
      },
    }),
    ListDeadLetterSourceQueues: operation({
      parse: listSources,
      needs: ({ QueueUrl }) => may('ListDeadLetterSourceQueues', QueueUrl),
      run: ({ QueueUrl, MaxResults, NextToken }) => {
        const { page, next } = pageOf(queues.sourcesOf(queues.at(QueueUrl)), MaxResults, NextToken);
        return { queueUrls: page.map((queue) => queues.url(queue)), NextToken: next };
      },
    }),
    PurgeQueue: operation({
      parse: purgeQueue,
      needs: ({ QueueUrl }) => may('PurgeQueue', QueueUrl),
      run: ({ QueueUrl }) => {
        const queue = queues.at(QueueUrl);
        const now = clock.now();
        if (now - (purgedAt.get(queue.name) ?? -Infinity) < PURGE_INTERVAL) {
          const message = `Only one PurgeQueue operation on ${queue.name} is allowed every 60 seconds.`;
          throw new AwsError('PurgeQueueInProgress', message, { status: 403 });
        }
        purgedAt.set(queue.name, now);
        store.purge(queue.name);
        return {};
      },
    }),
  };
}

function may(action: string, queueUrl: string): Permission[] {
  return [{ action: `sqs:${action}`, resource: queueArnOf(queueUrl) }];
}

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html */
function attributesOf(queue: Queue, count: ReturnType<MessageStore['count']>): Record<string, string | undefined> {
  const declaredAt = String(Math.floor(queue.declaredAt / 1000));
  return {
    QueueArn: queue.arn,
    ApproximateNumberOfMessages: String(count.visible),
    ApproximateNumberOfMessagesNotVisible: String(count.in_flight),
    ApproximateNumberOfMessagesDelayed: String(count.delayed),
    CreatedTimestamp: declaredAt,
    LastModifiedTimestamp: declaredAt,
    VisibilityTimeout: String(queue.visibilityTimeout),
    MaximumMessageSize: String(queue.maximumMessageSize),
    MessageRetentionPeriod: String(queue.messageRetentionPeriod),
    DelaySeconds: String(queue.delaySeconds),
    ReceiveMessageWaitTimeSeconds: String(queue.receiveMessageWaitTimeSeconds),
    SqsManagedSseEnabled: String(queue.sqsManagedSseEnabled),
    KmsMasterKeyId: queue.kmsMasterKeyId,
    RedrivePolicy: queue.redrivePolicy && JSON.stringify(queue.redrivePolicy),
    RedriveAllowPolicy: queue.redriveAllowPolicy && JSON.stringify(queue.redriveAllowPolicy),
  };
}

/** Attributes of FIFO queues and of key caching: known names that a standard queue here has no value for. */
const WITHOUT_VALUE = [
  'FifoQueue',
  'ContentBasedDeduplication',
  'DeduplicationScope',
  'FifoThroughputLimit',
  'KmsDataKeyReusePeriodSeconds',
];

function select(
  attributes: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Record<string, string> {
  for (const name of names) {
    if (name === 'Policy') throw notImplemented('the queue attribute Policy');
    if (name !== 'All' && !(name in attributes) && !WITHOUT_VALUE.includes(name)) {
      throw unknownAttribute(name);
    }
  }
  const selected: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && (names.includes('All') || names.includes(name))) selected[name] = value;
  }
  return selected;
}

/** A page, and the name that the next one starts after. There is only a next one where MaxResults was given. */
function pageOf(
  all: readonly Queue[],
  most: number | undefined,
  after: string | undefined,
): { page: Queue[]; next: string | undefined } {
  checkRange(most, 'MaxResults', 1, LONGEST_LIST);
  const left = after === undefined ? all : all.filter(({ name }) => name > Buffer.from(after, 'base64').toString());
  const page = left.slice(0, most ?? LONGEST_LIST);
  const last = page.at(-1);
  const hasMore = most !== undefined && left.length > page.length && last !== undefined;
  return { page, next: hasMore ? Buffer.from(last.name).toString('base64') : undefined };
}
