import { request } from './given-request.ts';
import { fingerprint, idempotencyKeyOf, requiredIdempotencyKeyOf, scopedKey } from './idempotency-key.ts';

const withHeaders = (headers: Record<string, string>) => request({ headers });

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

  it('may be missing, where it is not required', () => {
    expect(idempotencyKeyOf(withHeaders({}))).toBeUndefined();
    expect(() => requiredIdempotencyKeyOf(withHeaders({}))).toThrow(
      expect.objectContaining({ kind: 'invalid-idempotency-key', status: 400 }),
    );
    expect(requiredIdempotencyKeyOf(withHeaders({ 'x-idempotency-key': '"a"' }))).toBe('a');
  });

  it.each(['!', '~', 'a'.repeat(255), 'a;b=1', 'back\\slash'])('may be bare: %s', (key) => {
    expect(idempotencyKeyOf(withHeaders({ 'idempotency-key': key }))).toBe(key);
  });

  it.each([
    ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    ['"two words, and a comma"', 'two words, and a comma'],
    [String.raw`"a \"quoted\" word"`, 'a "quoted" word'],
    [String.raw`"back\\slash"`, String.raw`back\slash`],
    [String.raw`"\\\""`, String.raw`\"`],
    ['  "spaces around"  ', 'spaces around'],
    [`"${'a'.repeat(255)}"`, 'a'.repeat(255)],
  ])('may be a string of the Structured Fields: %s', (header, key) => {
    expect(idempotencyKeyOf(withHeaders({ 'idempotency-key': header }))).toBe(key);
    expect(idempotencyKeyOf(withHeaders({ 'x-idempotency-key': header }))).toBe(key);
  });

  it('is the same with quotes and without', () => {
    expect(idempotencyKeyOf(withHeaders({ 'x-idempotency-key': 'a', 'idempotency-key': '"a"' }))).toBe('a');
  });

  it.each([
    ['empty', ''],
    ['longer than it may be', 'a'.repeat(256)],
    ['with a space', 'a b'],
    ['with a line break', 'a\n'],
    ['beyond ASCII', 'ключ'],
    ['with a control character', 'a\u007f'],
    ['with a comma, as of a header that came twice', 'a,a'],
    ['with a quote inside', 'a"b'],
    ['with a quote at the end only', 'a"'],
    ['an empty string', '""'],
    ['a string longer than it may be', `"${'a'.repeat(256)}"`],
    ['a string that does not end', '"a'],
    ['a string whose end is escaped', String.raw`"a\"`],
    ['a string with an escape that there is not', String.raw`"a\n"`],
    ['a string with a backslash at its end', String.raw`"a\\\"`],
    ['a string with parameters', '"a";b=1'],
    ['a string with something after it', '"a"b'],
    ['two strings, as of a header that came twice', '"a", "a"'],
    ['a string beyond ASCII', '"ключ"'],
    ['a string with a tab', '"a\tb"'],
    ['a string with a line break after it', '"a"\n'],
    ['a string with a tab before it', '\t"a"'],
  ])('is refused when it is %s', (_what, key) => {
    for (const header of ['x-idempotency-key', 'idempotency-key']) {
      expect(() => idempotencyKeyOf(withHeaders({ [header]: key }))).toThrow(
        expect.objectContaining({ kind: 'invalid-idempotency-key', status: 400 }),
      );
    }
  });

  it('is refused when either header is malformed', () => {
    expect(() => idempotencyKeyOf(withHeaders({ 'x-idempotency-key': 'a', 'idempotency-key': '"a' }))).toThrow(
      expect.objectContaining({ kind: 'invalid-idempotency-key' }),
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
    ['owner', scopedKey('bob', 'POST /orders', 'order-7')],
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
