/** Receipt handles: opaque to clients, to SQS the receipt that they stand for. */
import { AwsError } from '../aws-error.ts';
import type { Receipt } from './message-store.ts';

const PARTS = /^([A-Za-z0-9_-]{1,80}) (\d+) ([0-9a-f-]{36}) (\d+) (\d+)$/;

/** The handle of one receipt of one message. */
export function receiptHandle(receipt: Receipt): string {
  const { queue, id, messageId, received, at } = receipt;
  return Buffer.from(`${queue} ${id} ${messageId} ${received} ${at}`).toString('base64');
}

/** @throws AwsError ReceiptHandleIsInvalid where the text is no receipt handle */
export function receiptOf(handle: string): Receipt {
  const parts = PARTS.exec(Buffer.from(handle, 'base64').toString());
  const [, queue, id, messageId, received, at] = parts ?? [];
  if (queue === undefined || messageId === undefined) {
    throw new AwsError(
      'ReceiptHandleIsInvalid',
      `The input receipt handle "${handle}" is not a valid receipt handle.`,
      { status: 404 },
    );
  }
  return { queue, id: Number(id), messageId, received: Number(received), at: Number(at) };
}
