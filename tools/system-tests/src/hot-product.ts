/** More customers than pieces: everybody orders one of the same product in the same moment. */
import { countUnfinished, fillShelves, readBooks } from './crash-books.ts';
import type { System } from './system.ts';

/** What has come of it. */
export interface SoldOut {
  /** How many different orders the customers were told of. */
  readonly told: number;
  /** How many orders have ended in each way: their status, with its reason where there is one. */
  readonly ended: Readonly<Record<string, number>>;
  readonly stock: Readonly<Record<'available' | 'reserved' | 'sold' | 'received', number>>;
  /** How many charges there have been, and what is held in all; in minor units. */
  readonly charges: number;
  readonly held: number;
  /** The queues and outboxes in which something is left. */
  readonly left: readonly string[];
}

const PRODUCT = 'hot-product';
const PRICE = 9.99;
const MINUTE = 60_000;
/** More than any of these orders waits for its retries. */
const LONGEST = 30 * MINUTE;

/** Puts the pieces on the shelf, lets all customers order at once, and sees every order to its end. */
export async function sellOut(system: System, customers: number, pieces: number): Promise<SoldOut> {
  await fetch(`${system.apiUrl}/products/${PRODUCT}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Hot product', price: PRICE }),
  });
  await fillShelves(system, [PRODUCT], pieces);
  const items = [{ productId: PRODUCT, quantity: 1, price: PRICE }];
  // Whom a slow machine keeps waiting until the gateway gives up, asks again, as the client does, and gets the same order.
  const customerIds = Array.from({ length: customers }, (_, customer) => `customer-${customer}`);
  const placed = await Promise.all(
    customerIds.map((customerId) => system.place({ customerId, items }, { idempotencyKey: customerId })),
  );
  await system.idle();
  for (let passed = 0; passed < LONGEST && (await countUnfinished(system)) > 0; passed += MINUTE) {
    await system.advance(MINUTE);
  }
  return { told: new Set(placed.map(({ orderId }) => orderId)).size, ...(await soldOut(system)) };
}

async function soldOut(system: System): Promise<Omit<SoldOut, 'told'>> {
  const books = await readBooks(system);
  const orders = books.orders.filter(({ items }) => items.some(({ productId }) => productId === PRODUCT));
  const ids = new Set(orders.map(({ orderId }) => orderId));
  const charges = books.payments.filter(
    ({ metadata, amount_received }) => ids.has(metadata.orderId) && amount_received > 0,
  );
  const product = books.products.find(({ productId }) => productId === PRODUCT);
  if (product === undefined) throw new Error(`there is no ${PRODUCT}`);
  const { available, reserved, sold, received } = product;
  return {
    ended: counted(orders.map(({ status, reason }) => (reason === undefined ? status : `${status} ${reason.code}`))),
    stock: { available, reserved, sold, received },
    charges: charges.length,
    held: charges.reduce((sum, one) => sum + one.amount_received - (one.latest_charge?.amount_refunded ?? 0), 0),
    left: Object.keys(books.left).filter((name) => books.left[name] !== 0),
  };
}

function counted(outcomes: readonly string[]): Record<string, number> {
  return Object.fromEntries([...Map.groupBy(outcomes, (one) => one)].map(([one, { length }]) => [one, length]));
}
