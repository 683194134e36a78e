/** A queue as the function that reads it sees it: everything is done as the function's role. */
import * as z from 'zod';
import type { Dispatcher } from '../dispatcher.ts';
import { queueUrl } from './destinations.ts';
import type { QueueMapping } from './event-source-mapping.ts';
import { receivedMessages, type QueueMessage } from './sqs-records.ts';

/** SQS hands out and deletes ten messages a call. */
export const MESSAGES_PER_CALL = 10;

/** Deleting is tried this often before the messages are left to come again. */
const DELETE_ATTEMPTS = 3;

const visibility = z.object({ Attributes: z.object({ VisibilityTimeout: z.coerce.number() }) });

/** The queue of one mapping (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html). */
export class SourceQueue {
  readonly #dispatcher: Dispatcher;
  readonly #mapping: QueueMapping;
  readonly #endpointUrl: () => string;

  constructor(dispatcher: Dispatcher, mapping: QueueMapping, endpointUrl: () => string) {
    this.#dispatcher = dispatcher;
    this.#mapping = mapping;
    this.#endpointUrl = endpointUrl;
  }

  /** What is there to receive, {@link MESSAGES_PER_CALL} messages at most. */
  async receive(most: number): Promise<readonly QueueMessage[]> {
    const answer = await this.#call('ReceiveMessage', {
      MaxNumberOfMessages: most,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
      WaitTimeSeconds: 0,
    });
    return receivedMessages.parse(answer).Messages;
  }

  async delete(messages: readonly QueueMessage[]): Promise<void> {
    for (let from = 0; from < messages.length; from += MESSAGES_PER_CALL) {
      const Entries = messages
        .slice(from, from + MESSAGES_PER_CALL)
        .map((message, index) => ({ Id: String(index), ReceiptHandle: message.ReceiptHandle }));
      await this.#deleteBatch(Entries);
    }
  }

  /** In seconds. */
  async visibilityTimeout(): Promise<number> {
    const answer = await this.#call('GetQueueAttributes', { AttributeNames: ['VisibilityTimeout'] });
    return visibility.parse(answer).Attributes.VisibilityTimeout;
  }

  async #deleteBatch(Entries: readonly object[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#call('DeleteMessageBatch', { Entries });
        return;
      } catch (error) {
        if (attempt === DELETE_ATTEMPTS) throw error;
      }
    }
  }

  #call(operation: string, request: object): Promise<unknown> {
    const { declared, eventSourceArn } = this.#mapping;
    const QueueUrl = queueUrl(this.#endpointUrl(), eventSourceArn);
    return this.#dispatcher.call('sqs', operation, { QueueUrl, ...request }, { type: 'role', arn: declared.role });
  }
}
