/** The routes of the HTTP APIs: the order service's here, the inventory service's beside. */
import { listOrdersQuerySchema, orderIdSchema, pageSizeSchema, USUAL_PAGE_SIZE } from '@distributed-patterns/contracts';
import * as z from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { bodyNamed } from './openapi-components.ts';
import {
  cancelledOrder,
  completedOrder,
  failedOrder,
  orderBeingCancelled,
  orderId,
  orderList,
  placed,
  placeOrderExamples,
  queryProblemExamples,
} from './openapi-examples.ts';
import { productPaths } from './openapi-product-paths.ts';
import { idempotencyKey, ifNoneMatch } from './openapi-request-headers.ts';
import { always, failures, refusals, success } from './openapi-responses.ts';

const orderPath = z.object({
  orderId: orderIdSchema.meta({
    param: {
      description: 'What `POST /orders` answered. A path with any other text names no order, and is answered with 404.',
      example: orderId,
    },
  }),
});

const { customerId, status, cursor } = listOrdersQuerySchema.shape;

const placeOrder: ZodOpenApiOperationObject = {
  operationId: 'placeOrder',
  tags: ['orders'],
  summary: 'Place an order',
  description:
    'Accepts the order, which is then PENDING: the saga that reserves the stock, takes the payment and tells the customer has begun. `Location` says where to see what becomes of it. Send an idempotency key, so that the request can be repeated.',
  requestParams: {
    header: idempotencyKey('order'),
  },
  requestBody: {
    required: true,
    description: 'At most 262144 bytes, without `Content-Encoding`.',
    content: { 'application/json': { schema: bodyNamed('PlaceOrder'), examples: placeOrderExamples } },
  },
  responses: {
    '201': success('The order was accepted, now or by an earlier request with the same key.', {
      body: 'PlacedOrder',
      examples: { example: placed },
      headers: ['Location'],
      sometimes: ['Idempotent-Replayed'],
    }),
    ...refusals(
      [
        'invalid-request',
        'invalid-idempotency-key',
        'invalid-identifier',
        'too-many-lines',
        'quantity-out-of-range',
        'total-too-large',
        'forbidden',
        'request-in-progress',
        'body-too-large',
        'unsupported-media-type',
        'idempotency-key-reused',
        ...failures,
      ],
      [...always, 413],
    ),
  },
};

const listOrders: ZodOpenApiOperationObject = {
  operationId: 'listOrders',
  tags: ['orders'],
  summary: 'List a customer’s orders',
  description:
    'Newest first, page by page: ask again with `nextCursor` as `cursor`, and the same customer and status, until there is none. A new order may be missing for a moment. Other parameters, and one that comes twice, are refused with 400.',
  requestParams: {
    query: z.object({
      customerId: customerId.meta({
        param: {
          description:
            'Whose orders. Required where the API is open. Where it asks for a token, it can be left out, and another customer than the token’s is refused with 403.',
          example: 'customer-123',
        },
      }),
      status: status.meta({ param: { description: 'Only orders that are in this status now.' } }),
      limit: pageSizeSchema
        .default(USUAL_PAGE_SIZE)
        .meta({ param: { description: 'How many orders the page may hold at most.' } }),
      cursor: cursor.meta({
        param: { description: 'The `nextCursor` of the page before. What it looks like is no promise.' },
      }),
    }),
  },
  responses: {
    '200': success('A page of orders.', { body: 'OrderList', examples: { example: orderList } }),
    ...refusals(
      ['invalid-request', 'invalid-cursor', 'invalid-identifier', 'forbidden', ...failures],
      always,
      queryProblemExamples,
    ),
  },
};

const getOrder: ZodOpenApiOperationObject = {
  operationId: 'getOrder',
  tags: ['orders'],
  summary: 'See what became of an order',
  description:
    'The order as it is now. Who asks again and again sends the `ETag` of the last answer as `If-None-Match`: as long as nothing has changed, the answer is 304 without a body.',
  requestParams: {
    path: orderPath,
    header: ifNoneMatch,
  },
  responses: {
    '200': success('The order.', {
      body: 'Order',
      examples: {
        examples: {
          completed: { summary: 'An order that went well', value: completedOrder },
          failed: { summary: 'An order that failed, with nothing owed any more', value: failedOrder },
        },
      },
      headers: ['ETag', 'Cache-Control'],
    }),
    '304': success('The order is as the client knows it.', { headers: ['ETag', 'Cache-Control'] }),
    ...refusals(['forbidden', 'not-found', ...failures], always),
  },
};

const cancelOrder: ZodOpenApiOperationObject = {
  operationId: 'cancelOrder',
  tags: ['orders'],
  summary: 'Cancel an order',
  description:
    'An order that has not ended can be cancelled, whatever was done for it already: it can then no longer be completed, and ends as CANCELLED once everything is undone. To repeat the request does no harm. A body is ignored.',
  requestParams: { path: orderPath },
  responses: {
    '200': success('The order is CANCELLED, and nothing is owed any more.', {
      body: 'Order',
      examples: { example: cancelledOrder },
    }),
    '202': success('The order is being undone; `Location` is where to see how far it is.', {
      body: 'Order',
      examples: { example: orderBeingCancelled },
      headers: ['Location'],
    }),
    ...refusals(['forbidden', 'not-found', 'order-ended', ...failures], [...always, 413]),
  },
};

export const paths: ZodOpenApiPathsObject = {
  '/orders': { post: placeOrder, get: listOrders },
  '/orders/{orderId}': { get: getOrder },
  '/orders/{orderId}/cancel': { post: cancelOrder },
  ...productPaths,
};
