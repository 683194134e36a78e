import type { Money } from '@distributed-patterns/contracts';
import * as fc from 'fast-check';
import {
  commit,
  ContradictsReservation,
  type Decision,
  release,
  releaseUnasked,
  type Reservation,
  reserve,
} from './inventory.ts';
import type { Product } from './product.ts';

const ORDER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';
const NOW = '2026-01-15T09:30:00.000Z';
const dollars = (amount: number): Money => ({ amount, currency: 'USD' });

const stock = (available: number): ReadonlyMap<string, Product> =>
  new Map(
    ['laptop', 'mouse'].map((productId) => [
      productId,
      { productId, name: productId, price: dollars(1000), available, reserved: 0, sold: 0, received: available },
    ]),
  );

const order = (...lines: [productId: string, quantity: number, price?: number][]) => ({
  orderId: ORDER,
  reservedAt: NOW,
  items: lines.map(([productId, quantity, price = 1000]) => ({ productId, quantity, unitPrice: dollars(price) })),
});

const answers = (decision: Decision): string[] =>
  decision.kind === 'accepted' ? decision.announcements.map(({ type }) => type) : [];
const next = (decision: Decision): Reservation | undefined =>
  decision.kind === 'accepted' ? decision.reservation : undefined;

const items = [{ productId: 'laptop', quantity: 2 }];
const reserved: Reservation = { orderId: ORDER, status: 'RESERVED', items, reservedAt: NOW };
const committed: Reservation = { orderId: ORDER, status: 'COMMITTED', items };
const rejected: Reservation = {
  orderId: ORDER,
  status: 'REJECTED',
  reason: { code: 'OUT_OF_STOCK', message: 'None.' },
};
const tombstone: Reservation = { orderId: ORDER, status: 'RELEASED' };

describe('reserving', () => {
  it('takes the ordered quantities from what is available, at the price that was checked', () => {
    const decision = reserve(undefined, order(['laptop', 2]), stock(5));
    expect(answers(decision)).toEqual(['InventoryReserved']);
    expect(decision).toMatchObject({
      reservation: reserved,
      moves: [{ productId: 'laptop', available: -2, reserved: 2, sold: 0, price: dollars(1000) }],
    });
  });

  it('tells of each product whose last piece it takes, and decides on that', () => {
    const decision = reserve(undefined, order(['laptop', 2], ['mouse', 1], ['laptop', 1]), stock(3));
    expect(decision).toMatchObject({
      moves: [
        { productId: 'laptop', available: -3, leaves: 'none' },
        { productId: 'mouse', available: -1, leaves: 'some' },
      ],
      news: [{ type: 'StockDepleted', data: { productId: 'laptop' } }],
    });
    expect(answers(decision)).toEqual(['InventoryReserved']);
    expect(reserve(undefined, order(['laptop', 2]), stock(3))).toMatchObject({ news: [] });
  });

  it('merges lines of the same product', () => {
    const decision = reserve(undefined, order(['laptop', 1], ['mouse', 1], ['laptop', 2]), stock(3));
    expect(next(decision)).toMatchObject({
      items: [
        { productId: 'laptop', quantity: 3 },
        { productId: 'mouse', quantity: 1 },
      ],
    });
    expect(answers(reserve(undefined, order(['laptop', 2], ['laptop', 2]), stock(3)))).toEqual(['InventoryRejected']);
  });

  it.each([
    ['a product that does not exist', order(['tractor', 1]), 'UNKNOWN_PRODUCT'],
    ['a price that has changed', order(['laptop', 1, 999]), 'PRICE_CHANGED'],
    ['lines that disagree on the price', order(['laptop', 1], ['mouse', 1], ['laptop', 1, 999]), 'PRICES_DISAGREE'],
    ['lines that disagree, whatever it costs now', order(['laptop', 1, 998], ['laptop', 1, 999]), 'PRICES_DISAGREE'],
    ['more than there is', order(['mouse', 1], ['laptop', 6]), 'OUT_OF_STOCK'],
  ])('refuses %s and takes nothing', (_what, command, code) => {
    const decision = reserve(undefined, command, stock(5));
    expect(decision).toMatchObject({ reservation: { status: 'REJECTED', reason: { code } }, moves: [] });
    expect(answers(decision)).toEqual(['InventoryRejected']);
  });

  it.each([
    ['reserved', reserved, 'InventoryReserved'],
    ['committed', committed, 'InventoryReserved'],
    ['rejected', rejected, 'InventoryRejected'],
    ['released before it was reserved', tombstone, 'InventoryRejected'],
  ])('answers again what was recorded: %s', (_what, reservation, answer) => {
    const decision = reserve(reservation, order(['laptop', 2]), stock(5));
    expect(decision).toMatchObject({ reservation, moves: [], news: [] });
    expect(answers(decision)).toEqual([answer]);
  });
});

describe('releasing', () => {
  it('gives back what was reserved', () => {
    expect(release(reserved, ORDER)).toMatchObject({
      reservation: tombstone,
      moves: [{ productId: 'laptop', available: 2, reserved: -2, sold: 0 }],
    });
  });

  it.each([
    ['nothing is known of the order', undefined],
    ['it was rejected', rejected],
    ['it was released', tombstone],
  ])('moves nothing and answers when %s', (_what, reservation) => {
    const decision = release(reservation, ORDER);
    expect(decision).toMatchObject({ reservation: tombstone, moves: [] });
    expect(answers(decision)).toEqual(['InventoryReleased']);
  });

  it('is a fault for what was sold', () => {
    expect(() => release(committed, ORDER)).toThrow(ContradictsReservation);
  });
});

describe('releasing what the saga has not asked for', () => {
  it('gives back what was reserved, and tells of it', () => {
    expect(releaseUnasked(reserved, ORDER)).toEqual(release(reserved, ORDER));
    expect(answers(releaseUnasked(reserved, ORDER))).toEqual(['InventoryReleased']);
  });

  it('leaves the tombstone, and tells nothing, when nothing is known of the order', () => {
    const decision = releaseUnasked(undefined, ORDER);
    expect(decision).toEqual({ kind: 'accepted', reservation: tombstone, moves: [], announcements: [], news: [] });
  });

  it.each([
    ['rejected: the refusal stays as it is', rejected],
    ['released', tombstone],
  ])('ignores what was %s', (_what, reservation) => {
    expect(releaseUnasked(reservation, ORDER).kind).toBe('ignored');
  });

  it('is a fault for what was sold', () => {
    expect(() => releaseUnasked(committed, ORDER)).toThrow(ContradictsReservation);
  });
});

describe('committing', () => {
  it('turns what was reserved into what was sold', () => {
    const decision = commit(reserved, ORDER);
    expect(next(decision)).toEqual(committed);
    expect(decision).toMatchObject({
      moves: [{ productId: 'laptop', available: 0, reserved: -2, sold: 2 }],
    });
  });

  it('ignores a repeat', () => {
    expect(commit(committed, ORDER).kind).toBe('ignored');
  });

  it.each([
    ['missing', undefined],
    ['REJECTED', rejected],
    ['RELEASED', tombstone],
  ])('asks a person to look where the reservation is %s: no stock is taken for it', (found, reservation) => {
    const reason = `its reservation is ${found}`;
    expect(commit(reservation, ORDER)).toEqual({ kind: 'attention', orderId: ORDER, reason });
  });
});

it('whatever comes in whatever order, stock is conserved and never negative', () => {
  const commands = fc.array(fc.constantFrom('reserve', 'release', 'releaseUnasked', 'commit'), { maxLength: 12 });
  fc.assert(
    fc.property(commands, fc.integer({ min: 1, max: 4 }), (names, quantity) => {
      const product = { available: 3, reserved: 0, sold: 0 };
      let reservation: Reservation | undefined;
      const decide = {
        reserve: () => reserve(reservation, order(['laptop', quantity]), stock(product.available)),
        release: () => release(reservation, ORDER),
        releaseUnasked: () => releaseUnasked(reservation, ORDER),
        commit: () => commit(reservation, ORDER),
      };
      for (const name of names) {
        const decision = attempt(decide[name]);
        if (decision?.kind !== 'accepted') continue;
        reservation = decision.reservation;
        for (const move of decision.moves) {
          product.available += move.available;
          product.reserved += move.reserved;
          product.sold += move.sold;
        }
        expect(product.available + product.reserved + product.sold).toBe(3);
        expect(Math.min(product.available, product.reserved, product.sold)).toBeGreaterThanOrEqual(0);
      }
    }),
    { numRuns: 1000 },
  );
});

function attempt(decide: () => Decision): Decision | undefined {
  try {
    return decide();
  } catch (error) {
    expect(error).toBeInstanceOf(ContradictsReservation);
    return undefined;
  }
}
