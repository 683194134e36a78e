import { httpEvent } from '@distributed-patterns/testing';
import { fingerprint, idempotencyKeyOf, scopedKey } from './idempotency.ts';

const withHeaders = (headers: Record<string, string>) => httpEvent({ route: 'POST /orders', headers });

describe('the key of a request', () => {
  it('comes from either header', () => {
    expect(idempotencyKeyOf(withHeaders({ 'x-idempotency-key': 'order-7' }))).toBe('order-7');
    expect(idempotencyKeyOf(withHeaders({ 'idempotency-key': 'order-7' }))).toBe('order-7');
  });

  it('may come twice, as long as it is the same', () => {
    expect(idempotencyKeyOf(withHeaders({ 'x-idempotency-key': 'a', 'idempotency-key': 'a' }))).toBe('a');
    expect(() => idempotencyKeyOf(withHeaders({ 'x-idempotency-key': 'a', 'idempotency-key': 'b' }))).toThrow(
      expect.objectContaining({ kind: 'invalid-idempotency-key' }),
    );
  });

  it('is not needed', () => {
    expect(idempotencyKeyOf(withHeaders({}))).toBeUndefined();
  });

  it.each(['!', '~', 'a'.repeat(255), '"8e03978e-40d5-43dd-bc93-6894a57f9324"'])('may be %s', (key) => {
    expect(idempotencyKeyOf(withHeaders({ 'idempotency-key': key }))).toBe(key);
  });

  it.each([
    ['empty', ''],
    ['longer than a header should be', 'a'.repeat(256)],
    ['with a space', 'a b'],
    ['with a line break', 'a\n'],
    ['beyond ASCII', 'ключ'],
    ['with a control character', 'a\u007f'],
  ])('is refused when it is %s', (_what, key) => {
    expect(() => idempotencyKeyOf(withHeaders({ 'x-idempotency-key': key }))).toThrow(
      expect.objectContaining({ kind: 'invalid-idempotency-key', status: 400 }),
    );
  });
});

describe('the key as it is stored', () => {
  const stored = scopedKey('ann', 'POST /orders', 'order-7');

  it('shows nothing of what was sent', () => {
    expect(stored).toMatch(/^[0-9a-f]{64}$/);
    expect(scopedKey('ann', 'POST /orders', 'order-7')).toBe(stored);
  });

  it.each([
    ['caller', scopedKey('bob', 'POST /orders', 'order-7')],
    ['route', scopedKey('ann', 'POST /refunds', 'order-7')],
    ['key', scopedKey('ann', 'POST /orders', 'order-8')],
  ])('is another one for another %s', (_what, other) => {
    expect(other).not.toBe(stored);
  });

  it('cannot be forged by moving a piece from one part to the next', () => {
    expect(scopedKey('ann","POST /orders', '', 'k')).not.toBe(scopedKey('ann', 'POST /orders', 'k'));
    expect(scopedKey('a', 'bc', 'k')).not.toBe(scopedKey('ab', 'c', 'k'));
  });
});

describe('the fingerprint of a body', () => {
  const body = {
    customerId: 'c',
    items: [
      { productId: 'laptop', quantity: 1 },
      { productId: 'mouse', quantity: 2 },
    ],
  };

  it('does not depend on the order of members, however deep they lie', () => {
    const other = {
      items: [
        { quantity: 1, productId: 'laptop' },
        { quantity: 2, productId: 'mouse' },
      ],
      customerId: 'c',
    };
    expect(fingerprint(other)).toBe(fingerprint(body));
  });

  it.each<[string, unknown]>([
    ['a value', { ...body, customerId: 'd' }],
    ['a value deep inside', { ...body, items: [{ productId: 'laptop', quantity: 2 }, body.items[1]] }],
    ['the order of a list', { ...body, items: [...body.items].reverse() }],
    ['a further member', { ...body, customerEmail: 'ann@example.com' }],
    ['a type', { ...body, customerId: null }],
  ])('is another one where %s differs', (_what, other) => {
    expect(fingerprint(other)).not.toBe(fingerprint(body));
  });
});
