/** What an order is, and every decision about it. */
import {
  announce,
  type Announcement,
  completionRefused,
  type CustomerOrder,
  orderCancelled,
  orderCancelRequested,
  orderCompleted,
  orderFailed,
  orderPlaced,
  type OrderStatus,
  type OrderStep,
  orderSteps,
  type Reason,
} from '@distributed-patterns/contracts';

/** What happens to an order, in the words of its history; that it is to be cancelled, its own time says. */
export type Step = Exclude<OrderStep, 'cancellation requested'>;
export const steps: readonly Step[] = orderSteps.filter((step) => step !== 'cancellation requested');

/** When each step was answered first (ISO 8601); a repeated answer adds nothing. */
export type History = Readonly<Partial<Record<Step, string>>>;

interface Placed extends CustomerOrder {
  readonly paymentMethod: string;
  readonly placedAt: string;
  readonly history: History;
  /** Set once the customer has asked to cancel: completion will be refused. */
  readonly cancelRequestedAt?: string;
}

type OnItsWay = Placed & { readonly status: 'PENDING' | 'INVENTORY_RESERVED' | 'PAYMENT_PROCESSED' | 'COMPENSATING' };
type Completed = Placed & { readonly status: 'COMPLETED' };
type Ended = Placed & { readonly status: 'FAILED' | 'CANCELLED'; readonly reason: Reason };

/** An order, in exactly one of its states. */
export type Order = OnItsWay | Completed | Ended;

interface Accepted {
  readonly kind: 'accepted';
  readonly order: Order;
  readonly announcements: readonly Announcement[];
}

/** What a decision leads to: the next state, where it changes, and what is announced. */
export type Decision =
  | Accepted
  | { readonly kind: 'refused'; readonly reason: Reason; readonly announcements: readonly Announcement[] }
  | { readonly kind: 'ignored'; readonly reason: string };

/** A step that another service has answered, and when. */
export interface Answered {
  readonly step: Exclude<Step, 'placed' | 'completed' | 'failed' | 'cancelled'>;
  readonly at: string;
}

/** A command that can never be obeyed: the saga asks to fail an order that it has completed. */
export class CompletedOrderCannotFail extends Error {
  override readonly name = 'CompletedOrderCannotFail';
}

/** How far along every end is. */
const FINAL = 4;

/** How far along a status is: an order only ever moves to a higher one, whatever order the events come in. */
const progress: Readonly<Record<OrderStatus, number>> = {
  PENDING: 0,
  INVENTORY_RESERVED: 1,
  PAYMENT_PROCESSED: 2,
  COMPENSATING: 3,
  COMPLETED: FINAL,
  FAILED: FINAL,
  CANCELLED: FINAL,
};

const statusAfter: Readonly<Record<Answered['step'], OnItsWay['status']>> = {
  reserved: 'INVENTORY_RESERVED',
  paid: 'PAYMENT_PROCESSED',
  notified: 'PAYMENT_PROCESSED',
  'notification cancelled': 'COMPENSATING',
  refunded: 'COMPENSATING',
  released: 'COMPENSATING',
};

/** A new order, and the event that sets its saga off. */
export function place(command: Omit<Placed, 'history' | 'cancelRequestedAt'>): {
  order: Order;
  announcement: Announcement;
} {
  const order: Order = { ...command, status: 'PENDING', history: { placed: command.placedAt } };
  return { order, announcement: announcePlaced(order) };
}

/** Follows the saga: enters what another service has answered. */
export function follow(order: Order, { step, at }: Answered): Decision {
  if (order.history[step] !== undefined) return { kind: 'ignored', reason: `${step} is known` };
  const history = { ...order.history, [step]: at };
  const next = statusAfter[step];
  if (progress[next] <= progress[order.status])
    return { kind: 'accepted', order: { ...order, history }, announcements: [] };
  return { kind: 'accepted', order: { ...order, history, status: next }, announcements: [] };
}

/** The pivot: completes the order, or refuses to, so that everything gets undone. A repeat gets the same answer. */
export function complete(order: Order, at: string): Decision {
  switch (order.status) {
    case 'PENDING':
    case 'INVENTORY_RESERVED':
    case 'PAYMENT_PROCESSED':
      return order.cancelRequestedAt === undefined ? completed(order, at) : refused(order, cancelRequested);
    case 'COMPENSATING':
      return refused(order, { code: 'COMPENSATING', message: 'The order is being undone.' });
    case 'COMPLETED':
      return { kind: 'accepted', order, announcements: [announce(orderCompleted, { orderId: order.orderId })] };
    case 'FAILED':
    case 'CANCELLED':
      return refused(order, order.reason);
    default:
      return impossible(order);
  }
}

/**
 * The end of an undo chain: nothing is owed any more. A repeat gets the same answer.
 * @throws CompletedOrderCannotFail since a completed order is never undone
 */
export function fail(order: Order, reason: Reason, at: string): Decision {
  switch (order.status) {
    case 'PENDING':
    case 'INVENTORY_RESERVED':
    case 'PAYMENT_PROCESSED':
    case 'COMPENSATING':
      return order.cancelRequestedAt === undefined
        ? ended({ ...order, status: 'FAILED', reason, history: { ...order.history, failed: at } })
        : ended({
            ...order,
            status: 'CANCELLED',
            reason: cancelRequested,
            history: { ...order.history, cancelled: at },
          });
    case 'FAILED':
    case 'CANCELLED':
      return ended(order);
    case 'COMPLETED':
      throw new CompletedOrderCannotFail(order.orderId);
    default:
      return impossible(order);
  }
}

/** The customer's wish to have it all undone: whatever the saga does meanwhile, the order is not completed any more. */
export function cancel(order: Order, at: string): Decision {
  switch (order.status) {
    case 'PENDING':
    case 'INVENTORY_RESERVED':
    case 'PAYMENT_PROCESSED':
    case 'COMPENSATING':
      return order.cancelRequestedAt === undefined
        ? cancelling(order, at)
        : { kind: 'ignored', reason: 'the order is being cancelled' };
    case 'CANCELLED':
      return { kind: 'ignored', reason: 'the order is cancelled' };
    case 'COMPLETED':
    case 'FAILED':
      return { kind: 'refused', reason: hasEnded(order), announcements: [] };
    default:
      return impossible(order);
  }
}

/**
 * What the order stands at, once more, for whoever has not heard it: the end that it has come to or, while it is open,
 * that it was placed, whereupon its saga is looked after. Nothing changes, so it may be told as often as anybody likes.
 */
export function tellAgain(order: Order): Accepted {
  switch (order.status) {
    case 'PENDING':
    case 'INVENTORY_RESERVED':
    case 'PAYMENT_PROCESSED':
    case 'COMPENSATING':
      return { kind: 'accepted', order, announcements: [announcePlaced(order)] };
    case 'COMPLETED':
      return { kind: 'accepted', order, announcements: [announce(orderCompleted, { orderId: order.orderId })] };
    case 'FAILED':
    case 'CANCELLED':
      return ended(order);
    default:
      return impossible(order);
  }
}

/** Whether the order has not come to its end yet. */
export function isOpen({ status }: Order): boolean {
  return progress[status] < FINAL;
}

const cancelRequested: Reason = { code: 'CANCELLED_BY_CUSTOMER', message: 'The customer cancelled the order.' };

function hasEnded({ status }: Order): Reason {
  return { code: 'ORDER_ENDED', message: `The order is ${status}, and so can no longer be cancelled.` };
}

function cancelling(order: OnItsWay, at: string): Decision {
  return {
    kind: 'accepted',
    order: { ...order, cancelRequestedAt: at },
    announcements: [announce(orderCancelRequested, { orderId: order.orderId })],
  };
}

function completed(order: OnItsWay, at: string): Decision {
  return {
    kind: 'accepted',
    order: { ...order, status: 'COMPLETED', history: { ...order.history, completed: at } },
    announcements: [announce(orderCompleted, { orderId: order.orderId })],
  };
}

function refused(order: Order, reason: Reason): Decision {
  return { kind: 'refused', reason, announcements: [announce(completionRefused, { orderId: order.orderId, reason })] };
}

function ended(order: Ended): Accepted {
  const contract = order.status === 'FAILED' ? orderFailed : orderCancelled;
  const announcement = announce(contract, { ...toCustomerOrder(order), reason: order.reason });
  return { kind: 'accepted', order, announcements: [announcement] };
}

function announcePlaced(order: Placed): Announcement {
  return announce(orderPlaced, { ...toCustomerOrder(order), paymentMethod: order.paymentMethod });
}

function toCustomerOrder({ orderId, customerId, customerEmail, items, total }: Placed): CustomerOrder {
  return { orderId, customerId, items, total, ...(customerEmail === undefined ? {} : { customerEmail }) };
}

function impossible(order: never): never {
  throw new TypeError(`no such order: ${JSON.stringify(order)}`);
}
