/** What requests and answers about products look like. */
import type {
  ProductList,
  ProductView,
  PutProductRequest,
  RestockReceipt,
  RestockRequest,
} from '@distributed-patterns/contracts';
import { brokenLimit, NO_IDENTIFIER, problem } from './openapi-examples.ts';

export const product: ProductView = {
  productId: 'laptop',
  name: 'Laptop',
  price: 1299.99,
  currency: 'USD',
  available: 99,
};

export const productList: ProductList = {
  products: [
    { productId: 'headset', name: 'Headset', price: 129.5, currency: 'USD', available: 150 },
    { productId: 'keyboard', name: 'Keyboard', price: 89.99, currency: 'USD', available: 500 },
    product,
  ],
};

export const putProductExamples: Readonly<Record<string, { summary: string; value: PutProductRequest }>> = {
  new: { summary: 'A new product', value: { name: 'Laptop', price: 1299.99 } },
  cheaper: { summary: 'Another price', value: { name: 'Laptop', price: 1199.99 } },
};

export const restockExample: RestockRequest = { quantity: 50 };
export const receipt: RestockReceipt = { productId: 'laptop', quantity: 50, received: 150 };

export const noSuchProduct = { 'not-found': problem('not-found', 'There is no product with this id.') };

/** What is wrong with a product that is put. */
export const productProblemExamples = {
  'invalid-request': problem('invalid-request', 'Some fields are not valid.', [
    { pointer: '/name', detail: 'is missing' },
    { pointer: '/price', detail: 'must have at most two decimal places' },
  ]),
  'invalid-identifier': brokenLimit('invalid-identifier', { parameter: 'productId', detail: NO_IDENTIFIER }),
};

/** What is wrong with a delivery. */
export const restockProblemExamples = {
  ...noSuchProduct,
  'invalid-request': problem('invalid-request', 'Some fields are not valid.', [
    { pointer: '/quantity', detail: 'is missing' },
  ]),
  'invalid-idempotency-key': problem('invalid-idempotency-key', 'The key is missing: send Idempotency-Key.'),
  'quantity-out-of-range': brokenLimit('quantity-out-of-range', {
    pointer: '/quantity',
    detail: 'must be from 1 to 1000000',
  }),
};
