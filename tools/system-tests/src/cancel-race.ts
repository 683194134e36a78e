/** Orders that are cancelled while they are on their way: of cancel and completion one wins, and everything adds up. */
import type { PlaceOrderRequest } from '@distributed-patterns/contracts';
import type { BookedOrder, BookedProduct, Books } from './crash-books.ts';
import { goods } from './crash-clients.ts';
import type { Draw } from './crash-draw.ts';
import { CountedFault } from './counted-fault.ts';
import type { System } from './system.ts';

/** How the answer to a cancel says that the order ends. */
export type Outcome = 'CANCELLED' | 'COMPLETED';

/** Orders, each with how it is to end. */
export type Outcomes = ReadonlyMap<string, Outcome>;

/** More often than a cancel may meet another change of its order. */
const MOST_ATTEMPTS = 20;
/** More often than anybody looks while an order is on its way. */
const MOST_LOOKS = 2_000;
/** The history of an order that is completed: placed, reserved, paid, notified, completed. */
const WHOLE_HISTORY = 5;

/** All orders wait for their completion; then every completion is let go and every cancel sent in the same moment. */
export async function playHeldRound(system: System, draw: Draw, size: number): Promise<Outcomes> {
  const where = { detailType: 'CompleteOrder' };
  const held = await CountedFault.arm(system, { at: 'events.deliver', where, effect: 'hold', times: size });
  const orderIds = await Promise.all(requests(draw, size).map((request) => place(system, request)));
  await system.idle();
  expect(await held.struck()).toBe(size);
  const cancelled = Promise.all(orderIds.map((orderId) => cancel(system, orderId)));
  await held.remove();
  return new Map(await cancelled);
}

/** Nothing waits: each order is cancelled as soon as its history has a drawn length. */
export async function playFreeRound(system: System, draw: Draw, size: number): Promise<Outcomes> {
  const orders = requests(draw, size).map((request) => ({ request, length: draw.between(1, WHOLE_HISTORY) }));
  const cancelled = orders.map(async ({ request, length }) => {
    const orderId = await place(system, request);
    for (let looks = 0; looks < MOST_LOOKS; looks++) {
      if ((await system.order(orderId)).history.length >= length) break;
    }
    return cancel(system, orderId);
  });
  return new Map(await Promise.all(cancelled));
}

function requests(draw: Draw, size: number): PlaceOrderRequest[] {
  return Array.from({ length: size }, (_, number) => {
    const { productId, price } = draw.weighted(goods);
    const items = [{ productId, quantity: draw.between(1, 3), price }];
    return { customerId: `racing-${number}`, items, paymentMethod: 'pm_card_visa' };
  });
}

async function place(system: System, request: PlaceOrderRequest): Promise<string> {
  return (await system.place(request)).orderId;
}

async function cancel(system: System, orderId: string): Promise<readonly [orderId: string, outcome: Outcome]> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const response = await system.post('', {}, `/orders/${orderId}/cancel`);
    const text = await response.text();
    if (response.status === 200 || response.status === 202) return [orderId, 'CANCELLED'];
    if (response.status === 409 && text.includes('COMPLETED')) return [orderId, 'COMPLETED'];
    if (response.status !== 503) throw new Error(`order ${orderId}: ${response.status} ${text}`);
  }
  throw new Error(`order ${orderId} was not cancelled in ${MOST_ATTEMPTS} attempts`);
}

/** What is wrong, in sentences: with any order, any product, and whatever has not come to its end. */
export function auditRace(books: Books, outcomes: Outcomes, before: readonly BookedProduct[]): string[] {
  const unfinished = books.executions.filter(({ status }) => status !== 'SUCCEEDED');
  return [
    ...books.orders.flatMap((order) => [
      ...checkEnd(order, outcomes.get(order.orderId)),
      ...checkMoney(order, books),
      ...checkMails(order, books),
    ]),
    ...before.flatMap((product) => checkStock(product, books)),
    ...unfinished.map(({ name, status }) => `the saga ${name} is ${status}`),
    ...differ('sagas', books.executions.length, outcomes.size),
    ...differ('orders', books.orders.length, outcomes.size),
    ...Object.entries(books.left).flatMap(([name, count]) => differ(`messages in ${name}`, count, 0)),
  ];
}

function checkEnd({ orderId, status }: BookedOrder, outcome: Outcome | undefined): string[] {
  return status === outcome ? [] : [`order ${orderId} is ${status}, and its cancel was answered as ${outcome}`];
}

/** Every order was to be paid, unless it was cancelled before. */
function checkMoney({ orderId, status, total }: BookedOrder, { payments }: Books): string[] {
  const charged = payments.filter(
    ({ metadata, amount_received }) => metadata.orderId === orderId && amount_received > 0,
  );
  const held = charged.reduce((sum, one) => sum + one.amount_received - (one.latest_charge?.amount_refunded ?? 0), 0);
  return [
    ...(charged.length > 1 ? [`order ${orderId} was charged ${charged.length} times`] : []),
    ...differ(`cents held for order ${orderId} (${status})`, held, status === 'COMPLETED' ? total.amount : 0),
  ];
}

/** A mail that told of a payment is corrected where the order was cancelled, after it and once. */
function checkMails({ orderId, status }: BookedOrder, { mails }: Books): string[] {
  const subjects = mails.flatMap(({ subject }) => (subject.includes(orderId) ? [subject.replace(orderId, '…')] : []));
  const [first, ...others] = subjects;
  const told = first === PAID;
  const due = status === 'COMPLETED' ? [] : told ? [CORRECTION, CANCELLED] : [CANCELLED];
  const found = told ? others.toSorted() : subjects;
  const isAsDue = JSON.stringify(found) === JSON.stringify(due) && (told || status !== 'COMPLETED');
  return isAsDue ? [] : [`the customer of order ${orderId}, which is ${status}, was told: ${subjects.join('; ')}`];
}

const PAID = 'We have received your order …';
const CORRECTION = 'Correction: your order … was not completed';
const CANCELLED = 'Your order … was cancelled';

function checkStock({ productId, available, reserved, sold }: BookedProduct, { products, orders }: Books): string[] {
  const lines = orders.filter(({ status }) => status === 'COMPLETED').flatMap(({ items }) => items);
  const gone = lines.filter((line) => line.productId === productId).reduce((sum, { quantity }) => sum + quantity, 0);
  const now = products.find((product) => product.productId === productId);
  return [
    ...differ(`pieces of ${productId} available`, now?.available, available - gone),
    ...differ(`pieces of ${productId} reserved`, now?.reserved, reserved),
    ...differ(`pieces of ${productId} sold`, now?.sold, sold + gone),
  ];
}

function differ(what: string, found: number | undefined, due: number): string[] {
  return found === due ? [] : [`there are ${found} ${what}, not ${due}`];
}
