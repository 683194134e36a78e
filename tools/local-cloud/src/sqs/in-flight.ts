/** Operations on messages in flight: deleting them and changing their visibility. */
import * as z from 'zod';
import type { Clock } from '../clock.ts';
import { operation, type BoundOperation, type Permission } from '../service.ts';
import { checkEntries, eachEntry } from './batch.ts';
import { invalidValue, parameters } from './errors.ts';
import type { MessageStore, Receipt } from './message-store.ts';
import { queueArnOf, type Queue, type Queues } from './queue.ts';
import { receiptOf } from './receipt-handle.ts';
import type { Visibility } from './visibility.ts';

/** Twelve hours: of one change, and of a receipt with all its changes. */
const LONGEST_VISIBILITY = 43_200;

const deleteMessage = parameters(z.strictObject({ QueueUrl: z.string(), ReceiptHandle: z.string() }));
const deleteMessageBatch = parameters(
  z.strictObject({
    QueueUrl: z.string(),
    Entries: z.array(z.strictObject({ Id: z.string(), ReceiptHandle: z.string() })).optional(),
  }),
);
const changeVisibility = parameters(
  z.strictObject({ QueueUrl: z.string(), ReceiptHandle: z.string(), VisibilityTimeout: z.number() }),
);
const changeVisibilityBatch = parameters(
  z.strictObject({
    QueueUrl: z.string(),
    Entries: z
      .array(z.strictObject({ Id: z.string(), ReceiptHandle: z.string(), VisibilityTimeout: z.number().optional() }))
      .optional(),
  }),
);

/** The operations that take receipt handles. */
export function inFlightOperations(
  queues: Queues,
  store: MessageStore,
  visibility: Visibility,
  clock: Clock,
): Record<string, BoundOperation> {
  const change = (queue: Queue, handle: string, timeout: number): void => {
    checkTimeout(timeout);
    const receipt = receiptIn(queue, handle);
    const visibleAt = clock.now() + timeout * 1000;
    if (visibleAt - receipt.at > LONGEST_VISIBILITY * 1000) {
      const reason = `Total VisibilityTimeout for the message is beyond the limit [${LONGEST_VISIBILITY} seconds]`;
      throw invalidValue(timeout, 'VisibilityTimeout', reason);
    }
    // AWS documents MessageNotInflight for a timeout that is over, but accepts the handle until the next receipt.
    if (!store.changeVisibility(receipt, visibleAt)) {
      throw invalidValue(
        handle,
        'ReceiptHandle',
        'Message does not exist or is not available for visibility timeout change.',
      );
    }
    store.afterCommit(() => visibility.expect(queue, visibleAt));
  };

  return {
    DeleteMessage: operation({
      parse: deleteMessage,
      needs: ({ QueueUrl }) => may('DeleteMessage', QueueUrl),
      run: ({ QueueUrl, ReceiptHandle }) => {
        store.acknowledge(receiptIn(queues.at(QueueUrl), ReceiptHandle));
        return {};
      },
    }),
    DeleteMessageBatch: operation({
      parse: deleteMessageBatch,
      needs: ({ QueueUrl }) => may('DeleteMessage', QueueUrl),
      run: ({ QueueUrl, Entries = [] }) => {
        const queue = queues.at(QueueUrl);
        checkEntries(Entries, 'DeleteMessageBatchRequestEntry');
        return store.transaction(() =>
          eachEntry(Entries, ({ Id, ReceiptHandle }) => {
            store.acknowledge(receiptIn(queue, ReceiptHandle));
            return { Id };
          }),
        );
      },
    }),
    ChangeMessageVisibility: operation({
      parse: changeVisibility,
      needs: ({ QueueUrl }) => may('ChangeMessageVisibility', QueueUrl),
      run: ({ QueueUrl, ReceiptHandle, VisibilityTimeout }) => {
        change(queues.at(QueueUrl), ReceiptHandle, VisibilityTimeout);
        return {};
      },
    }),
    ChangeMessageVisibilityBatch: operation({
      parse: changeVisibilityBatch,
      needs: ({ QueueUrl }) => may('ChangeMessageVisibility', QueueUrl),
      run: ({ QueueUrl, Entries = [] }) => {
        const queue = queues.at(QueueUrl);
        checkEntries(Entries, 'ChangeMessageVisibilityBatchRequestEntry');
        return store.transaction(() =>
          eachEntry(Entries, ({ Id, ReceiptHandle, VisibilityTimeout = queue.visibilityTimeout }) => {
            change(queue, ReceiptHandle, VisibilityTimeout);
            return { Id };
          }),
        );
      },
    }),
  };
}

function may(action: string, queueUrl: string): Permission[] {
  return [{ action: `sqs:${action}`, resource: queueArnOf(queueUrl) }];
}

function checkTimeout(timeout: number): void {
  if (Number.isInteger(timeout) && timeout >= 0 && timeout <= LONGEST_VISIBILITY) return;
  throw invalidValue(
    timeout,
    'VisibilityTimeout',
    `VisibilityTimeout must be an integer between 0 and ${LONGEST_VISIBILITY}.`,
  );
}

/** @throws AwsError InvalidParameterValueException where the receipt is another queue's, or the message has moved on */
function receiptIn(queue: Queue, handle: string): Receipt {
  const receipt = receiptOf(handle);
  if (receipt.queue === queue.name) return receipt;
  throw invalidValue(handle, 'ReceiptHandle', 'The receipt handle has expired.');
}
