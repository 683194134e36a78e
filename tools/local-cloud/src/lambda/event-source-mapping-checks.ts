/** What Lambda checks when an event source mapping is made, as far as it depends on other resources. */
import { AwsError } from '../aws-error.ts';
import type { Dispatcher } from '../dispatcher.ts';
import { messageOf } from '../error-text.ts';
import type { EventSourceMapping, QueueMapping } from './event-source-mapping.ts';
import { SourceQueue } from './queue-poller-source.ts';

/**
 * A function reads a source once (https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html).
 * @throws AwsError ResourceConflictException where `mapping` is there already
 */
export function refuseTwice(mappings: ReadonlyMap<string, EventSourceMapping>, mapping: EventSourceMapping): void {
  if (!mappings.has(mapping.uuid)) return;
  const { eventSourceArn, declared, uuid } = mapping;
  throw new AwsError(
    'ResourceConflictException',
    `The event source arn (" ${eventSourceArn} ") and function (" ${declared.name} ") provided mapping already exists. Please update or delete the existing mapping with UUID ${uuid}`,
    { status: 409 },
  );
}

/**
 * Compares the timeouts of queues and functions
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html), disabled mappings included.
 * @throws Error where a function may run longer than its queue hides the messages from others
 */
export async function checkQueueTimeouts(
  dispatcher: Dispatcher,
  mappings: Iterable<EventSourceMapping>,
  endpointUrl: () => string,
): Promise<void> {
  for (const mapping of mappings) {
    if (mapping.source === 'queue') await checkTimeout(mapping, new SourceQueue(dispatcher, mapping, endpointUrl));
  }
}

async function checkTimeout({ declared, eventSourceArn }: QueueMapping, queue: SourceQueue): Promise<void> {
  const where = `event source mapping of ${declared.name} and ${eventSourceArn}`;
  let visibility: number;
  try {
    visibility = await queue.visibilityTimeout();
  } catch (cause) {
    throw new Error(`${where}: the execution role cannot call GetQueueAttributes on SQS: ${messageOf(cause)}`, {
      cause,
    });
  }
  if (visibility >= declared.timeout) return;
  throw new Error(
    `${where}: Queue visibility timeout: ${visibility} seconds is less than Function timeout: ${declared.timeout} seconds`,
  );
}
