/** The bodies that the OpenAPI document names, each a schema of the contracts with a sentence for every member. */
import {
  fieldErrorSchema,
  orderListSchema,
  orderViewSchema,
  placeOrderResponseSchema,
  placeOwnOrderRequestSchema,
  problemSchema,
  productListSchema,
  productViewSchema,
  putProductRequestSchema,
  reasonSchema,
  restockReceiptSchema,
  restockRequestSchema,
} from '@distributed-patterns/contracts';
import * as z from 'zod';

/** A body by the name that it has in the document. */
export interface Component {
  readonly schema: z.ZodObject;
  readonly description: string;
  readonly members: Readonly<Record<string, string>>;
}

/** The one form of what the gateway answers by itself; no service of ours writes it, so that no contract has it. */
const gatewayMessageSchema = z.object({ message: z.string() });

/** The bodies by name. A member that a contract has and that has no sentence here does not compile. */
export const components = {
  PlaceOrder: component(placeOwnOrderRequestSchema, 'What is ordered, by whom. Nothing else is taken.', {
    customerId:
      'Who orders. Required where the API is open. Where it asks for a token, the customer is the subject of the token; then this can be left out, and another customer is refused with 403.',
    customerEmail:
      'Where the customer is told what happens. Without it the stage decides: it may have a domain for such mails, or send none.',
    items:
      'What is ordered, at most 20 lines. Lines of one product are taken together, and have one price. All lines together may cost at most 1000000.00.',
    paymentMethod: 'A payment method of the payment gateway; pm_card_chargeDeclined is a test card that is declined.',
  }),
  PlaceOrderLine: component(placeOwnOrderRequestSchema.shape.items.element, 'One line of a new order.', {
    productId: 'A product of `GET /products`.',
    quantity: 'How many pieces.',
    price:
      'The unit price that the customer was quoted, with at most two decimal places. An order with another price than the catalogue’s fails; one with two prices for a product is not accepted.',
  }),
  PlacedOrder: component(placeOrderResponseSchema, 'An order that was accepted; its saga has only begun.', {
    orderId: 'What the order is called from now on.',
    status: 'A new order is always pending. A repeated request is answered with what the first was answered.',
    totalAmount: 'The sum of all lines.',
    message: 'A sentence for people.',
  }),
  Order: component(orderViewSchema, 'An order as it is now.', {
    orderId: 'A uuid; orders that were placed later have greater ones.',
    customerId: 'Whose order it is.',
    status:
      'COMPLETED, FAILED and CANCELLED are final. COMPENSATING means that what was done is being undone. A status never goes back.',
    items: 'What was ordered.',
    totalAmount: 'The sum of all lines.',
    currency: 'The currency of every amount of the order (ISO 4217).',
    placedAt: 'When the order was accepted.',
    history: 'What has happened, in order of time; each step is there once.',
    reason: 'Why the order failed or was cancelled; absent as long as it did not.',
  }),
  OrderLine: component(orderViewSchema.shape.items.element, 'One line of an order.', {
    productId: 'The product.',
    quantity: 'How many pieces.',
    price: 'The unit price.',
  }),
  OrderEvent: component(orderViewSchema.shape.history.element, 'One step that an order has taken.', {
    step: 'What has happened.',
    at: 'When that was answered.',
  }),
  Reason: component(reasonSchema, 'Why an order ended as it did.', {
    code: 'For programs: stable, such as PAYMENT_DECLINED or OUT_OF_STOCK. There may be new ones.',
    message: 'For people.',
  }),
  OrderList: component(orderListSchema, 'A page of a list of orders, newest first.', {
    orders: 'A page may hold fewer orders than were asked for, or none, and not be the last.',
    nextCursor: 'What to send as `cursor` for the next page. The last page has none.',
  }),
  ProductList: component(productListSchema, 'The whole catalogue.', { products: 'All products.' }),
  Product: component(productViewSchema, 'A product that can be ordered.', {
    productId: 'What an order calls it.',
    name: 'What people call it.',
    price: 'The unit price, which an order has to quote.',
    currency: 'The currency of the price (ISO 4217).',
    available: 'How many can be ordered now.',
  }),
  PutProduct: component(putProductRequestSchema, 'A product as it is to be. Nothing else is taken.', {
    name: 'What people are to call it: one line of 1 to 200 characters, without blanks at its ends.',
    price: 'The unit price that orders have to quote, with at most two decimal places.',
  }),
  Restock: component(restockRequestSchema, 'A delivery. Nothing else is taken.', {
    quantity: 'How many pieces have come in.',
  }),
  RestockReceipt: component(restockReceiptSchema, 'A delivery that was taken in.', {
    productId: 'The product.',
    quantity: 'How many pieces came in.',
    received:
      'How many pieces of the product have ever come in, with these. What is available is another matter, since orders take from it at any time.',
  }),
  Problem: component(problemSchema, 'Problem details (RFC 9457): the body of every error of the services.', {
    type: 'What went wrong, as a stable name; the list is in the introduction. It is no address.',
    title: 'The type in words; the same for every problem of that type.',
    status: 'The status code of the answer.',
    detail: 'What went wrong this time, for people.',
    instance: 'The request, by its correlation id: quote it when asking for help.',
    errors: 'What is wrong with which field of the request.',
  }),
  FieldError: component(fieldErrorSchema, 'What is wrong with one field of a request.', {
    pointer: 'Where in the body, as a JSON Pointer (RFC 6901).',
    parameter: 'Which parameter of the query or of the path.',
    detail: 'What is wrong, for people.',
    type: 'The type of the problem, where the field breaks a limit that has one of its own.',
  }),
  GatewayMessage: component(
    gatewayMessageSchema,
    'What the gateway answers by itself, before or after a service was asked.',
    { message: 'For people.' },
  ),
};
export type ComponentName = keyof typeof components;

/** A reference to a body by its name. */
export function bodyNamed(name: ComponentName): { readonly $ref: `#/components/schemas/${ComponentName}` } {
  return { $ref: `#/components/schemas/${name}` };
}

function component<Schema extends z.ZodObject>(
  schema: Schema,
  description: string,
  members: Readonly<Record<keyof Schema['shape'] & string, string>>,
): Component {
  return { schema, description, members };
}
