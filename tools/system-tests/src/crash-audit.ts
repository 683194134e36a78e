/** Whether stock, money, mails and sagas add up after crashes: what customers were told against what the system's books say. */
import type { BookedMail, BookedOrder, BookedPayment, Books } from './crash-books.ts';

/** What one customer asked for and was told. */
export interface Told {
  readonly name: string;
  readonly key: string | undefined;
  readonly wish: { readonly name: string; readonly refusal?: string };
  readonly acknowledged: ReadonlySet<string>;
}

/** What is compared with the books. */
export interface Expected {
  readonly told: readonly Told[];
  /** All that has ever come in, by product. */
  readonly received: ReadonlyMap<string, number>;
  /** When something was killed, in milliseconds since the epoch on the system's clock. */
  readonly kills: readonly number[];
}

/** What an audit found: what is wrong, in sentences, and what there was to count. */
export interface Audit {
  readonly problems: readonly string[];
  readonly figures: Readonly<Record<string, number>>;
}

type MailKind = 'paid' | 'correction' | 'failed';
const subjects: Readonly<Record<MailKind, RegExp>> = {
  paid: /^We have received your order (\S+)$/,
  correction: /^Correction: your order (\S+) was not completed$/,
  failed: /^Your order (\S+) could not be completed$/,
};

/** Compares all of it. */
export function audit(books: Books, expected: Expected): Audit {
  const { orders } = books;
  const byCustomer = Map.groupBy(orders, ({ customerId }) => customerId);
  const byName = new Map(expected.told.map((told) => [told.name, told]));
  const payments = Map.groupBy(books.payments, ({ metadata }) => metadata.orderId);
  const mails = mailsByOrder(books.mails);
  const duplicates = [...mails.values()].flatMap((kinds) => Object.values(kinds).flatMap(repeats));
  return {
    problems: [
      ...expected.told.flatMap((told) => checkTold(told, byCustomer.get(told.name) ?? [])),
      ...orders.flatMap((order) => [
        ...checkEnd(order, byName.get(order.customerId)),
        ...checkMoney(order, payments.get(order.orderId) ?? []),
        ...checkMails(order, mails.get(order.orderId), byName.get(order.customerId)),
      ]),
      ...checkGivenUp(orders),
      ...strangers(orders, [...payments.keys()], 'is charged for'),
      ...strangers(orders, [...mails.keys()], 'was written about'),
      ...duplicates.flatMap((pair) => checkDuplicate(pair, [...expected.kills, ...books.timeouts])),
      ...checkExecutions(books),
      ...[...expected.received].flatMap(([productId, all]) => checkStock(productId, all, books)),
      ...Object.entries(books.left).flatMap(([name, count]) => (count === 0 ? [] : [`${name} holds ${count}`])),
    ],
    figures: count(books, expected, duplicates),
  };
}

function checkTold({ name, key, acknowledged }: Told, orders: readonly BookedOrder[]): string[] {
  const own = orders.map(({ orderId }) => orderId);
  const lost = [...acknowledged].filter((orderId) => !own.includes(orderId));
  return [
    ...(own.length > 1 ? [`${name} asked for one order and has ${own.length}: ${own.join(', ')}`] : []),
    ...(key !== undefined && acknowledged.size === 0 ? [`${name} was never answered`] : []),
    ...lost.map((orderId) => `order ${orderId} was acknowledged and is gone`),
  ];
}

/** Any order may be undone because a step stayed unanswered for too long; else it ends as the customer's wish tells. */
function checkEnd(order: BookedOrder, told: Told | undefined): string[] {
  const { orderId, status, reason } = order;
  if (told === undefined) return [`order ${orderId} is nobody's`];
  const { wish } = told;
  const asWished = wish.refusal === undefined ? status === 'COMPLETED' : reason?.code === wish.refusal;
  const ended = status === 'COMPLETED' || status === 'FAILED';
  return ended && (asWished || isGivenUp(order))
    ? []
    : [`order ${orderId} (${wish.name}) is ${status}${reason === undefined ? '' : `, ${reason.code}`}`];
}

/** Crashes cost a few orders their patience; a system that loses messages would cost many. */
const MOST_GIVEN_UP = 1 / 20;

function checkGivenUp(orders: readonly BookedOrder[]): string[] {
  const givenUp = orders.filter(isGivenUp).length;
  return givenUp <= 1 + orders.length * MOST_GIVEN_UP
    ? []
    : [`${givenUp} of ${orders.length} orders failed because a step stayed unanswered`];
}

function isGivenUp({ status, reason }: BookedOrder): boolean {
  return status === 'FAILED' && reason?.code === 'STEP_UNANSWERED';
}

function checkMoney({ orderId, status, total }: BookedOrder, payments: readonly BookedPayment[]): string[] {
  const charged = payments.filter((payment) => payment.amount_received > 0);
  const held = charged.reduce((sum, payment) => sum + heldBy(payment), 0);
  const due = status === 'COMPLETED' ? total.amount : 0;
  return [
    ...(charged.length > 1 ? [`order ${orderId} was charged ${charged.length} times`] : []),
    ...(held === due ? [] : [`order ${orderId} is ${status} and ${held} is held for it, not ${due}`]),
  ];
}

function heldBy({ amount_received, latest_charge }: BookedPayment): number {
  return amount_received - (latest_charge?.amount_refunded ?? 0);
}

type MailsByKind = Readonly<Record<MailKind, BookedMail[]>>;

function mailsByOrder(mails: readonly BookedMail[]): ReadonlyMap<string, MailsByKind> {
  const found = new Map<string, MailsByKind>();
  for (const mail of mails) {
    for (const kind of ['paid', 'correction', 'failed'] as const) {
      const orderId = subjects[kind].exec(mail.subject)?.[1];
      if (orderId === undefined) continue;
      const kinds = found.get(orderId) ?? { paid: [], correction: [], failed: [] };
      kinds[kind].push(mail);
      found.set(orderId, kinds);
    }
  }
  return found;
}

function checkMails(
  { orderId, status }: BookedOrder,
  mails: MailsByKind | undefined,
  told: Told | undefined,
): string[] {
  const { paid = [], correction = [], failed = [] } = mails ?? {};
  const has = `order ${orderId} is ${status} and has`;
  if (told?.wish.refusal === 'NOTIFICATION_REJECTED') {
    return mails === undefined ? [] : [`order ${orderId} has mails, though its customer's address takes none`];
  }
  if (status === 'COMPLETED') {
    return [
      ...(paid.length === 0 ? [`${has} no confirmation`] : []),
      ...(correction.length + failed.length > 0 ? [`${has} mails that say otherwise`] : []),
    ];
  }
  const [lastPaid, lastCorrection] = [paid.at(-1), correction.at(-1)];
  return [
    ...(failed.length === 0 ? [`${has} no mail that says so`] : []),
    ...(lastPaid !== undefined && (lastCorrection === undefined || lastCorrection.sentAt < lastPaid.sentAt)
      ? [`${has} a confirmation that was not corrected`]
      : []),
  ];
}

type Repeat = readonly [first: BookedMail, again: BookedMail];

function repeats(mails: readonly BookedMail[]): Repeat[] {
  return mails.slice(1).flatMap((again, place) => {
    const first = mails[place];
    return first === undefined ? [] : [[first, again] as const];
  });
}

/** What a dying function had sent may still be taken for so long after its death, in milliseconds. */
const ON_ITS_WAY = 1_000;

/** SES knows no idempotency, so a mail may come twice where its sender died before it recorded it; else never. */
function checkDuplicate([first, again]: Repeat, deaths: readonly number[]): string[] {
  const explained = deaths.some((death) => first.sentAt <= death + ON_ITS_WAY && death <= again.sentAt);
  const [at, later] = [first, again].map(({ sentAt }) => new Date(sentAt).toISOString());
  return explained ? [] : [`"${first.subject}" was sent at ${at} and ${later}, and no sender died in between`];
}

function strangers(orders: readonly BookedOrder[], orderIds: readonly string[], what: string): string[] {
  const known = new Set(orders.map(({ orderId }) => orderId));
  return orderIds.filter((orderId) => !known.has(orderId)).map((orderId) => `${orderId} ${what} and is no order`);
}

function checkExecutions({ orders, executions }: Books): string[] {
  const unfinished = executions
    .filter(({ status }) => status !== 'SUCCEEDED')
    .map(({ name, status }) => `the saga ${name} is ${status}`);
  const names = new Map(executions.map(({ name, status }) => [name, status]));
  return [
    ...unfinished,
    ...orders
      .filter(({ orderId }) => !names.has(`order-${orderId}`))
      .map(({ orderId }) => `order ${orderId} has no saga`),
    ...(names.size === orders.length ? [] : [`there are ${names.size} sagas for ${orders.length} orders`]),
  ];
}

function checkStock(productId: string, all: number, { orders, products }: Books): string[] {
  const product = products.find((one) => one.productId === productId);
  if (product === undefined) return [`${productId} is gone`];
  const { available, reserved, sold, received } = product;
  const due = orders
    .filter(({ status }) => status === 'COMPLETED')
    .flatMap(({ items }) => items)
    .filter((item) => item.productId === productId)
    .reduce((sum, { quantity }) => sum + quantity, 0);
  return [
    ...(available + reserved + sold === received && received === all
      ? []
      : [`${productId}: ${available} available, ${reserved} reserved, ${sold} sold; ${received} of ${all} received`]),
    ...(reserved === 0 && sold === due ? [] : [`${productId}: ${reserved} reserved, ${sold} of ${due} sold`]),
  ];
}

function count(
  { orders, mails, payments, timeouts }: Books,
  { told, kills }: Expected,
  duplicates: readonly Repeat[],
): Record<string, number> {
  const acknowledged = told.filter((one) => one.acknowledged.size > 0).length;
  return {
    crashes: kills.length,
    customers: told.length,
    acknowledged,
    orders: orders.length,
    'orders whose answer was lost for good': orders.length - acknowledged,
    completed: orders.filter(({ status }) => status === 'COMPLETED').length,
    failed: orders.filter(({ status }) => status === 'FAILED').length,
    'failed because a step stayed unanswered': orders.filter(isGivenUp).length,
    'money held, in cents': payments.reduce((sum, payment) => sum + heldBy(payment), 0),
    'money given back, in cents': payments.reduce((sum, one) => sum + (one.latest_charge?.amount_refunded ?? 0), 0),
    mails: mails.length,
    'mails sent twice': duplicates.length,
    'mail functions that ran out of time': timeouts.length,
  };
}
