import { listOrdersQuerySchema } from '@distributed-patterns/contracts';
import { fromCursor, type ListScope, toCursor } from './cursor.ts';

const position = { placedAt: '2026-01-15T09:30:00.000Z', orderId: '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70' };
const ann: ListScope = { customerId: 'ann' };
const invalidCursor = expect.objectContaining({ kind: 'invalid-cursor', status: 400 });

const encoded = (content: unknown): string => Buffer.from(JSON.stringify(content)).toString('base64url');
const content = (): Record<string, unknown> =>
  JSON.parse(Buffer.from(toCursor(position, ann), 'base64url').toString('utf8'));

it.each<[string, ListScope]>([
  ['all orders', ann],
  ['orders of a status', { customerId: 'ann', status: 'COMPLETED' }],
])('a cursor of a list of %s leads back to where it came from', (_what, scope) => {
  const cursor = toCursor(position, scope);
  expect(fromCursor(cursor, scope)).toEqual(position);
  expect(listOrdersQuerySchema.parse({ cursor })).toMatchObject({ cursor });
  expect(cursor).toMatch(/^[\w-]+$/);
});

it.each<[string, ListScope, ListScope]>([
  ['another customer', ann, { customerId: 'bob' }],
  ['another status', { customerId: 'ann', status: 'COMPLETED' }, { customerId: 'ann', status: 'FAILED' }],
  ['one status, in that of all', { customerId: 'ann', status: 'COMPLETED' }, ann],
  ['all, in that of one status', ann, { customerId: 'ann', status: 'COMPLETED' }],
])('a cursor of the list of %s is refused', (_what, from, to) => {
  expect(() => fromCursor(toCursor(position, from), to)).toThrow(invalidCursor);
});

it.each<[string, () => string]>([
  ['no text of a cursor’s alphabet', () => `${toCursor(position, ann)}!`],
  ['cut short', () => toCursor(position, ann).slice(0, -3)],
  ['a word', () => 'latest'],
  ['JSON that is not encoded', () => JSON.stringify(content())],
  ['no object', () => encoded('ann')],
  ['without a place', () => encoded({ scope: content()['scope'] })],
  ['without a scope', () => encoded(position)],
  ['of a made-up scope', () => encoded({ ...content(), scope: 'ann' })],
  ['with an order that is none', () => encoded({ ...content(), orderId: 'order#1' })],
  ['with a time that is none', () => encoded({ ...content(), placedAt: 'yesterday' })],
  ['with more than it should have', () => encoded({ ...content(), customerId: 'bob' })],
])('a cursor that is %s is refused', (_what, cursor) => {
  expect(() => fromCursor(cursor(), ann)).toThrow(invalidCursor);
});

it('says nothing that the caller has not said', () => {
  expect(Object.keys(content()).sort()).toEqual(['orderId', 'placedAt', 'scope']);
  expect(JSON.stringify(content())).not.toContain('ann');
});
