/** Takes over `AWS::SQS::Queue` from a template. */
import * as z from 'zod';
import { arn } from '../arn.ts';
import { notImplemented } from '../aws-error.ts';
import type { Clock } from '../clock.ts';
import { propertiesOf, type DeclaredResource, type ResourceIdentity } from '../resource.ts';
import type { Queues } from './queue.ts';

/** CloudFormation allows numbers and booleans as text. */
const seconds = (least: number, most: number) => z.coerce.number().int().min(least).max(most);
const flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]);
const jsonOr = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value): unknown => (typeof value === 'string' ? JSON.parse(value) : value), schema);

const redrivePolicy = z.strictObject({
  deadLetterTargetArn: z.string(),
  maxReceiveCount: z.coerce.number().int().min(1).max(1000),
});

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const redriveAllowPolicy = z
  .strictObject({
    redrivePermission: z.enum(['allowAll', 'denyAll', 'byQueue']),
    sourceQueueArns: z.array(z.string()).min(1).max(10).optional(),
  })
  .refine(
    ({ redrivePermission, sourceQueueArns }) => (redrivePermission === 'byQueue') === (sourceQueueArns !== undefined),
    { path: ['sourceQueueArns'], message: 'belongs to the permission byQueue, which needs it' },
  );

const properties = z
  .strictObject({
    QueueName: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,80}$/)
      .optional(),
    VisibilityTimeout: seconds(0, 43_200).default(30),
    MessageRetentionPeriod: seconds(60, 1_209_600).default(345_600),
    DelaySeconds: seconds(0, 900).default(0),
    ReceiveMessageWaitTimeSeconds: seconds(0, 20).default(0),
    MaximumMessageSize: seconds(1024, 1_048_576).default(1_048_576),
    SqsManagedSseEnabled: flag.optional(),
    KmsMasterKeyId: z.string().startsWith('alias/').optional(),
    RedrivePolicy: jsonOr(redrivePolicy).optional(),
    RedriveAllowPolicy: jsonOr(redriveAllowPolicy).optional(),
    Tags: z.array(z.strictObject({ Key: z.string(), Value: z.string() })).optional(),
  })
  .refine((given) => given.KmsMasterKeyId === undefined || given.SqsManagedSseEnabled !== true, {
    path: ['SqsManagedSseEnabled'],
    message: 'one type of server-side encryption at one time, either by KMS or by SQS',
  });

/**
 * Declares a standard queue
 * (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sqs-queue.html).
 * @throws AwsError NotImplemented for a FIFO queue; Error naming a property that is not supported or not valid
 */
export function declareQueue(queues: Queues, clock: Clock, resource: DeclaredResource): ResourceIdentity {
  refuseFifo(resource);
  const given = propertiesOf(resource, properties);
  const name = given.QueueName ?? `${resource.stack}-${resource.logicalId}`.slice(0, 80);
  const queue = {
    name,
    arn: arn('sqs', name),
    visibilityTimeout: given.VisibilityTimeout,
    messageRetentionPeriod: given.MessageRetentionPeriod,
    delaySeconds: given.DelaySeconds,
    receiveMessageWaitTimeSeconds: given.ReceiveMessageWaitTimeSeconds,
    maximumMessageSize: given.MaximumMessageSize,
    sqsManagedSseEnabled: given.SqsManagedSseEnabled ?? given.KmsMasterKeyId === undefined,
    kmsMasterKeyId: given.KmsMasterKeyId,
    redrivePolicy: given.RedrivePolicy,
    redriveAllowPolicy: given.RedriveAllowPolicy,
    declaredAt: clock.now(),
  };
  queues.declare(queue);
  const url = queues.url(queue);
  return { ref: url, attributes: { Arn: queue.arn, QueueName: name, QueueUrl: url } };
}

function refuseFifo(resource: DeclaredResource): void {
  const { FifoQueue, QueueName } = resource.properties;
  const isNamedFifo = typeof QueueName === 'string' && QueueName.endsWith('.fifo');
  if (isNamedFifo || FifoQueue === true || FifoQueue === 'true') {
    throw notImplemented('FIFO queues');
  }
}
