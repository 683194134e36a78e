/** What is told of an order's payment, as messages. */
import {
  type Message,
  type Money,
  orderCancelRequested,
  processPayment,
  refundPayment,
} from '@distributed-patterns/contracts';
import { messageOf } from '@distributed-patterns/testing';
import type { OrderStory, Told } from './given-conservation-story.ts';

/** How far apart the deliveries of one message are. */
const APART = 30;

/** An order that is to be paid, and what becomes of it. */
export interface OrderToPay {
  readonly orderId: string;
  readonly total: Money;
  readonly story: OrderStory;
}

/** What comes in: a message for the queue's consumer, or the gateway's word about the intents of an order. */
export type Incoming =
  { readonly orderId: string; readonly message: Message } | { readonly orderId: string; readonly message?: undefined };

/** What comes in, and its place among all that does. */
export interface Sent {
  readonly incoming: Incoming;
  readonly place: number;
}

/** All that is told of an order. */
export function toldOf(order: OrderToPay): readonly Sent[] {
  const { orderId, story } = order;
  return story.told.flatMap((told, number) => {
    const incoming = { orderId, message: messageAbout(order, told, `${orderId}-${number}`) };
    return Array.from({ length: told.copies }, (_, copy) => ({ incoming, place: told.place + copy * APART }));
  });
}

/** A command has a token that is its own. */
function messageAbout({ orderId, total, story }: OrderToPay, { telling }: Told, id: string): Message | undefined {
  const command = { id, replyToken: `token of ${id}` };
  switch (telling) {
    case 'process':
      return messageOf(
        processPayment,
        { orderId, customerId: 'customer-123', total, paymentMethod: story.card },
        command,
      );
    case 'refund':
      return messageOf(refundPayment, { orderId }, command);
    case 'cancel requested':
      return messageOf(orderCancelRequested, { orderId }, { id });
    case 'the gateway tells':
      return undefined;
    default:
      return impossible(telling);
  }
}

function impossible(telling: never): never {
  throw new TypeError(`nobody tells ${String(telling)}`);
}
