/** What is told of an order, as messages. */
import {
  type Message,
  orderCancelled,
  orderCancelRequested,
  orderCompleted,
  orderFailed,
  type OrderLine,
  releaseInventory,
  reserveInventory,
} from '@distributed-patterns/contracts';
import { messageOf } from '@distributed-patterns/testing';
import type { Act, OrderStory, Told } from './given-conservation-story.ts';

/** What every product costs. */
export const PRICE = { amount: 1000, currency: 'USD' };

/** How far apart the deliveries of one message are. */
const APART = 30;

/** An order as its customer has placed it, and what becomes of it. */
export interface PlacedOrder {
  readonly orderId: string;
  readonly items: readonly OrderLine[];
  readonly story: OrderStory;
}

/** A message, and its place among all that are sent in the same act. */
export interface Sent {
  readonly message: Message;
  readonly place: number;
}

/** The order of a story, for products that are called like this. */
export function placed(orderId: string, story: OrderStory, productIds: readonly string[]): PlacedOrder {
  const items = story.lines.map(({ product, quantity, quoted }) => ({
    productId: productIds[product] ?? 'nothing-like-it',
    quantity,
    unitPrice: quoted === 'its price' ? PRICE : { ...PRICE, amount: PRICE.amount - 1 },
  }));
  return { orderId, items, story };
}

/** What is told of an order in one act; `isReserved` is whether anybody has heard so by then. */
export function toldIn(act: Act, order: PlacedOrder, isReserved: boolean): readonly Sent[] {
  return order.story.told.flatMap((told, number) => {
    if (told.act !== act) return [];
    const message = messageAbout(order, told, `${order.orderId}-${number}`, isReserved);
    return Array.from({ length: told.copies }, (_, copy) => ({ message, place: told.place + copy * APART }));
  });
}

/** A command has a token that is its own. */
function messageAbout({ orderId, items }: PlacedOrder, { telling }: Told, id: string, isReserved: boolean): Message {
  const command = { id, replyToken: `token of ${id}` };
  const total = {
    ...PRICE,
    amount: items.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice.amount, 0),
  };
  const reason = { code: 'GIVEN_UP', message: 'It came to nothing.' };
  const ended = { orderId, customerId: 'customer-123', items: [...items], total, reason };
  switch (telling) {
    case 'reserve':
      return messageOf(reserveInventory, { orderId, items: [...items] }, command);
    case 'release':
      return messageOf(releaseInventory, { orderId }, command);
    case 'cancel requested':
      return messageOf(orderCancelRequested, { orderId }, { id });
    case 'ended':
      return isReserved ? messageOf(orderCompleted, { orderId }, { id }) : messageOf(orderFailed, ended, { id });
    case 'failed':
      return messageOf(orderFailed, ended, { id });
    case 'cancelled':
      return messageOf(orderCancelled, ended, { id });
    default:
      return impossible(telling);
  }
}

function impossible(telling: never): never {
  throw new TypeError(`nobody tells ${String(telling)}`);
}
