import { batchesOf } from './batch-write.ts';
import { copies } from './fill.ts';

const now = () => Math.floor(Date.now() / 1000);

describe('the copies of an order’s items', () => {
  const orderId = '11111111-1111-7111-8111-111111111111';
  const originals = [
    {
      table: 'orders',
      key: 'pk',
      expiry: 'expiresAt',
      item: { pk: { S: `order#${orderId}` }, link: { S: `/orders/${orderId}` } },
    },
    {
      table: 'orders',
      key: 'pk',
      expiry: 'expiresAt',
      item: { pk: { S: 'idempotency#hash' }, expiresAt: { N: '1' }, response: { S: `{"orderId":"${orderId}"}` } },
    },
  ];

  it('name the new order wherever the old one was named', () => {
    expect([...copies(originals, orderId, ['first', 'second'])].map(({ item }) => item['pk'])).toEqual([
      { S: 'order#first' },
      { S: 'idempotency#hash-first' },
      { S: 'order#second' },
      { S: 'idempotency#hash-second' },
    ]);
    expect(JSON.stringify([...copies(originals, orderId, ['first'])])).not.toContain(orderId);
  });

  it('do not expire while they are measured; what never expires does not begin to', () => {
    const [order, guard] = [...copies(originals, orderId, ['first'])];
    expect(order?.item).not.toHaveProperty('expiresAt');
    expect(Number(JSON.parse(JSON.stringify(guard?.item['expiresAt'])).N)).toBeGreaterThan(now() + 3600);
  });
});

it('batches are full but for the last', () => {
  expect([...batchesOf([1, 2, 3, 4, 5], 2)]).toEqual([[1, 2], [3, 4], [5]]);
  expect([...batchesOf([], 2)]).toEqual([]);
});
