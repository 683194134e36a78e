/** The routes of the inventory service. */
import { identifierSchema } from '@distributed-patterns/contracts';
import * as z from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { bodyNamed } from './openapi-components.ts';
import {
  noSuchProduct,
  product,
  productList,
  productProblemExamples,
  putProductExamples,
  receipt,
  restockExample,
  restockProblemExamples,
} from './openapi-product-examples.ts';
import { idempotencyKey, ifNoneMatch } from './openapi-request-headers.ts';
import { always, failures, refusals, success } from './openapi-responses.ts';

const BODY = 'At most 262144 bytes, without `Content-Encoding`.';
const ADMINISTRATORS = 'Where the API asks for a token, it has to have one of the scopes of administrators.';

const productPath = (description: string) =>
  z.object({ productId: identifierSchema.meta({ param: { description, example: 'laptop' } }) });
const knownProduct = productPath(
  'A product of `GET /products`. A path with any other text names no product, and is answered with 404.',
);

const listProducts: ZodOpenApiOperationObject = {
  operationId: 'listProducts',
  tags: ['products'],
  summary: 'List the products',
  description: 'What can be ordered, for how much, and how many there are.',
  responses: {
    '200': success('The catalogue.', { body: 'ProductList', examples: { example: productList } }),
    ...refusals(failures, always),
  },
};

const getProduct: ZodOpenApiOperationObject = {
  operationId: 'getProduct',
  tags: ['products'],
  summary: 'See a product',
  description:
    'The product as it is now. Who asks again and again sends the `ETag` of the last answer as `If-None-Match`: as long as nothing has changed, what is available neither, the answer is 304 without a body.',
  requestParams: { path: knownProduct, header: ifNoneMatch },
  responses: {
    '200': success('The product.', {
      body: 'Product',
      examples: { example: product },
      headers: ['ETag', 'Cache-Control'],
    }),
    '304': success('The product is as the client knows it.', { headers: ['ETag', 'Cache-Control'] }),
    ...refusals(['not-found', ...failures], always, noSuchProduct),
  },
};

const putProduct: ZodOpenApiOperationObject = {
  operationId: 'putProduct',
  tags: ['products'],
  summary: 'Add a product, or change its name or price',
  description: `The product is called this and costs this from now on. A new one has no stock yet; what there is of another stays as it is. Orders that were placed at the former price and are not reserved yet will fail. To repeat the request does no harm. ${ADMINISTRATORS}`,
  requestParams: { path: productPath('What orders are to call the product.') },
  requestBody: {
    required: true,
    description: BODY,
    content: { 'application/json': { schema: bodyNamed('PutProduct'), examples: putProductExamples } },
  },
  responses: {
    '200': success('The product was there, and is as it should be now.', {
      body: 'Product',
      examples: { example: product },
    }),
    '201': success('The product is new.', {
      body: 'Product',
      examples: { example: { ...product, available: 0 } },
      headers: ['Location'],
    }),
    ...refusals(
      ['invalid-request', 'invalid-identifier', 'body-too-large', 'unsupported-media-type', ...failures],
      [...always, 413],
      productProblemExamples,
    ),
  },
};

const restockProduct: ZodOpenApiOperationObject = {
  operationId: 'restockProduct',
  tags: ['products'],
  summary: 'Take in a delivery of a product',
  description: `So many pieces more can be ordered from now on. Two deliveries look alike, so that the request needs an idempotency key: sent again with it, the delivery comes in once. A key belongs to one product and one caller. ${ADMINISTRATORS}`,
  requestParams: { path: knownProduct, header: idempotencyKey('delivery', { isRequired: true }) },
  requestBody: {
    required: true,
    description: BODY,
    content: { 'application/json': { schema: bodyNamed('Restock'), example: restockExample } },
  },
  responses: {
    '200': success('The delivery is in, now or by an earlier request with the same key.', {
      body: 'RestockReceipt',
      examples: { example: receipt },
      sometimes: ['Idempotent-Replayed'],
    }),
    ...refusals(
      [
        'invalid-request',
        'invalid-idempotency-key',
        'quantity-out-of-range',
        'not-found',
        'body-too-large',
        'unsupported-media-type',
        'idempotency-key-reused',
        ...failures,
      ],
      [...always, 413],
      restockProblemExamples,
    ),
  },
};

export const productPaths: ZodOpenApiPathsObject = {
  '/products': { get: listProducts },
  '/products/{productId}': { get: getProduct, put: putProduct },
  '/products/{productId}/restock': { post: restockProduct },
};
