/** What stock and reservations are, and every decision about them. */
import {
  announce,
  type Announcement,
  inventoryRejected,
  inventoryReleased,
  inventoryReserved,
  type Money,
  type OrderLine,
  type Reason,
  stockDepleted,
  toDecimal,
} from '@distributed-patterns/contracts';
import { isSamePrice, type Product } from './product.ts';

/** How much of a product. */
export interface Quantity {
  readonly productId: string;
  readonly quantity: number;
}

/** What one order has set aside, in exactly one of its states. A released one is a tombstone: it refuses what comes late. */
export type Reservation =
  | {
      readonly orderId: string;
      readonly status: 'RESERVED';
      readonly items: readonly Quantity[];
      /** ISO 8601; reservations that were made before it was recorded have none. */
      readonly reservedAt?: string | undefined;
    }
  | { readonly orderId: string; readonly status: 'COMMITTED'; readonly items: readonly Quantity[] }
  | { readonly orderId: string; readonly status: 'REJECTED'; readonly reason: Reason }
  | { readonly orderId: string; readonly status: 'RELEASED' };

/**
 * Moves stock of one product. Where it takes from what is available, it does so at the price that was decided on, and
 * only where that leaves none, or some, as was decided: each time that the last piece goes is told of, and told of once.
 */
export interface StockMove {
  readonly productId: string;
  readonly available: number;
  readonly reserved: number;
  readonly sold: number;
  readonly price?: Money;
  readonly leaves?: 'none' | 'some';
}

/** What a decision leads to. */
export type Decision =
  | {
      readonly kind: 'accepted';
      readonly reservation: Reservation;
      readonly moves: readonly StockMove[];
      /** The answer, for whoever asked. */
      readonly announcements: readonly Announcement[];
      /** What others may want to know. */
      readonly news: readonly Announcement[];
    }
  | { readonly kind: 'ignored'; readonly reason: string }
  | Attention;

type Accepted = Extract<Decision, { kind: 'accepted' }>;

/** Something was sold that is not set aside. To try again would not help: a person has to look. */
export interface Attention {
  readonly kind: 'attention';
  readonly orderId: string;
  readonly reason: string;
}

/** A message that contradicts what was recorded: a person has to look. */
export class ContradictsReservation extends Error {
  override readonly name = 'ContradictsReservation';
}

/**
 * Sets the ordered quantities aside, all or nothing. A repeat gets the same answer.
 * @param order with the present time (ISO 8601)
 */
export function reserve(
  reservation: Reservation | undefined,
  order: { readonly orderId: string; readonly items: readonly OrderLine[]; readonly reservedAt: string },
  products: ReadonlyMap<string, Product>,
): Accepted {
  if (reservation !== undefined) return answerAgain(reservation);
  const { orderId, reservedAt } = order;
  const items = merge(order.items);
  const reason = disagreement(order.items) ?? priceRefusal(order.items, products) ?? stockRefusal(items, products);
  if (reason !== undefined) return { ...answerAgain({ orderId, status: 'REJECTED', reason }), moves: [] };
  const moves = items.map((item) => taken(item, products.get(item.productId)));
  const news = moves.flatMap(({ productId, leaves }) =>
    leaves === 'none' ? [announce(stockDepleted, { productId })] : [],
  );
  return { ...answerAgain({ orderId, status: 'RESERVED', items, reservedAt }), moves, news };
}

/**
 * Gives everything back and leaves a tombstone, so that a reservation that was overtaken is refused.
 * @throws ContradictsReservation for a reservation that was sold
 */
export function release(reservation: Reservation | undefined, orderId: string): Accepted {
  const announcements = [announce(inventoryReleased, { orderId })];
  const released: Reservation = { orderId, status: 'RELEASED' };
  switch (reservation?.status) {
    case undefined:
    case 'REJECTED':
      return { kind: 'accepted', reservation: released, moves: [], announcements, news: [] };
    case 'RELEASED':
      return { kind: 'accepted', reservation, moves: [], announcements, news: [] };
    case 'RESERVED': {
      const moves = reservation.items.map(({ productId, quantity }) =>
        move(productId, { available: quantity, reserved: -quantity }),
      );
      return { kind: 'accepted', reservation: released, moves, announcements, news: [] };
    }
    case 'COMMITTED':
      throw new ContradictsReservation(`${orderId} is to be released, and was sold`);
    default:
      return impossible(reservation);
  }
}

/**
 * Releases what the saga has not asked for, or not yet: the order will not be completed. Nobody waits for an answer, so
 * only stock that comes back is told of. A refusal needs no tombstone: it refuses by itself what comes late.
 * @throws ContradictsReservation for a reservation that was sold
 */
export function releaseUnasked(reservation: Reservation | undefined, orderId: string): Decision {
  switch (reservation?.status) {
    case 'REJECTED':
    case 'RELEASED':
      return { kind: 'ignored', reason: `nothing is set aside: ${reservation.status}` };
    case undefined:
      return { ...release(reservation, orderId), announcements: [] };
    case 'RESERVED':
    case 'COMMITTED':
      return release(reservation, orderId);
    default:
      return impossible(reservation);
  }
}

/** The order is final: what was set aside is sold. Where nothing is, no stock is taken for it: stock never goes negative. */
export function commit(reservation: Reservation | undefined, orderId: string): Decision {
  switch (reservation?.status) {
    case 'RESERVED': {
      const { items } = reservation;
      const moves = items.map(({ productId, quantity }) => move(productId, { reserved: -quantity, sold: quantity }));
      const sold: Reservation = { orderId, status: 'COMMITTED', items };
      return { kind: 'accepted', reservation: sold, moves, announcements: [], news: [] };
    }
    case 'COMMITTED':
      return { kind: 'ignored', reason: 'already committed' };
    case undefined:
    case 'REJECTED':
    case 'RELEASED':
      return { kind: 'attention', orderId, reason: `its reservation is ${reservation?.status ?? 'missing'}` };
    default:
      return impossible(reservation);
  }
}

function answerAgain(reservation: Reservation): Accepted {
  return { kind: 'accepted', reservation, moves: [], announcements: [answerTo(reservation)], news: [] };
}

function answerTo(reservation: Reservation): Announcement {
  const { orderId } = reservation;
  switch (reservation.status) {
    case 'RESERVED':
    case 'COMMITTED':
      return announce(inventoryReserved, { orderId });
    case 'REJECTED':
      return announce(inventoryRejected, { orderId, reason: reservation.reason });
    case 'RELEASED': {
      const reason = { code: 'ALREADY_RELEASED', message: 'The order was given up before its stock was reserved.' };
      return announce(inventoryRejected, { orderId, reason });
    }
    default:
      return impossible(reservation);
  }
}

/** A customer was quoted one price for a product; of two, nobody can say which one was agreed on. */
function disagreement(lines: readonly OrderLine[]): Reason | undefined {
  const quoted = new Map<string, Money>();
  for (const { productId, unitPrice } of lines) {
    const price = quoted.get(productId) ?? unitPrice;
    if (!isSamePrice(price, unitPrice)) {
      const message = `${productId} was ordered at ${shown(price)} and at ${shown(unitPrice)}.`;
      return { code: 'PRICES_DISAGREE', message };
    }
    quoted.set(productId, price);
  }
  return undefined;
}

function priceRefusal(lines: readonly OrderLine[], products: ReadonlyMap<string, Product>): Reason | undefined {
  for (const { productId, unitPrice } of lines) {
    const product = products.get(productId);
    if (product === undefined) return { code: 'UNKNOWN_PRODUCT', message: `There is no product ${productId}.` };
    if (!isSamePrice(product.price, unitPrice)) {
      const message = `${productId} costs ${shown(product.price)} now, and was ordered at ${shown(unitPrice)}.`;
      return { code: 'PRICE_CHANGED', message };
    }
  }
  return undefined;
}

function stockRefusal(items: readonly Quantity[], products: ReadonlyMap<string, Product>): Reason | undefined {
  for (const { productId, quantity } of items) {
    const available = products.get(productId)?.available ?? 0;
    if (available < quantity) {
      const message = `${quantity} of ${productId} were ordered, and ${available} are available.`;
      return { code: 'OUT_OF_STOCK', message };
    }
  }
  return undefined;
}

/** A product may be on several lines; stock is taken from it once. */
function merge(lines: readonly OrderLine[]): Quantity[] {
  const quantities = new Map<string, number>();
  for (const { productId, quantity } of lines) quantities.set(productId, (quantities.get(productId) ?? 0) + quantity);
  return [...quantities].map(([productId, quantity]) => ({ productId, quantity }));
}

function move(productId: string, by: Partial<Pick<StockMove, 'available' | 'reserved' | 'sold'>>): StockMove {
  return { productId, available: 0, reserved: 0, sold: 0, ...by };
}

function taken({ productId, quantity }: Quantity, product: Product | undefined): StockMove {
  const moved = move(productId, { available: -quantity, reserved: quantity });
  if (product === undefined) return moved;
  return { ...moved, price: product.price, leaves: product.available === quantity ? 'none' : 'some' };
}

function shown(price: Money): string {
  return `${toDecimal(price)} ${price.currency}`;
}

function impossible(reservation: never): never {
  throw new TypeError(`no such reservation: ${JSON.stringify(reservation)}`);
}
