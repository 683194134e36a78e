import { restockReceiptSchema, stockReplenished } from '@distributed-patterns/contracts';
import { offer, type Product, restock } from './product.ts';

const dollars = (amount: number) => ({ amount, currency: 'USD' });
const laptop: Product = {
  productId: 'laptop',
  name: 'Laptop',
  price: dollars(1000),
  available: 3,
  reserved: 2,
  sold: 5,
  received: 10,
};
const offered = { productId: 'laptop', name: 'Laptop', price: dollars(1000) };

describe('offering', () => {
  it('a product that there is not makes one without stock', () => {
    expect(offer(undefined, offered)).toEqual({
      kind: 'created',
      product: { ...offered, available: 0, reserved: 0, sold: 0, received: 0 },
    });
  });

  it.each([
    ['amount', dollars(1100)],
    ['currency', { amount: 1000, currency: 'EUR' }],
  ])('a product at another %s changes its price, tells of it, and leaves its stock alone', (_what, price) => {
    expect(offer(laptop, { ...offered, price })).toEqual({
      kind: 'changed',
      product: { ...laptop, price },
      announcements: [
        expect.objectContaining({
          type: 'ProductPriceChanged',
          data: { productId: 'laptop', price, formerPrice: dollars(1000) },
        }),
      ],
    });
  });

  it('a product under another name changes that, and tells nothing', () => {
    expect(offer(laptop, { ...offered, name: 'Notebook' })).toEqual({
      kind: 'changed',
      product: { ...laptop, name: 'Notebook' },
      announcements: [],
    });
  });

  it('a product as it is changes nothing', () => {
    expect(offer(laptop, offered)).toEqual({ kind: 'unchanged', product: laptop });
  });
});

describe('a delivery', () => {
  const { receipt, announcements } = restock(laptop, 4);

  it('is added to all that was ever received', () => {
    expect(receipt).toEqual({ productId: 'laptop', quantity: 4, received: 14 });
    expect(restockReceiptSchema.parse(receipt)).toEqual(receipt);
  });

  it('is told of', () => {
    expect(announcements).toMatchObject([{ type: 'StockReplenished', data: receipt }]);
    expect(stockReplenished.data.parse(receipt)).toEqual(receipt);
  });
});
