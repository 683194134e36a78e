/** The introduction of the OpenAPI document: the rules that hold for every route, and what each problem means. */
import { type ProblemKind, problems } from '@distributed-patterns/contracts';

/** What each problem tells the client to do. */
const advice: Readonly<Record<ProblemKind, string>> = {
  'invalid-request': 'Mend the fields that `errors` names.',
  'invalid-idempotency-key': 'Send another key, and only one; a delivery needs one.',
  'invalid-cursor': 'Send the `nextCursor` of the same list, or begin without one.',
  'invalid-identifier':
    'An identifier has 1 to 64 letters, digits, `_`, `.` or `-`, and begins with a letter or digit.',
  'too-many-lines': 'Place several orders.',
  'quantity-out-of-range': 'Order from 1 to 1000 pieces a line; take in from 1 to 1000000 at a time.',
  'total-too-large': 'Place several orders: each may cost 1000000.00 at most.',
  forbidden: 'Ask for what belongs to the subject of the token, which has to be the id of a customer.',
  'not-found': 'Check the path; another customer’s order is answered like none.',
  'method-not-allowed': 'Use a method of the `Allow` header.',
  'request-in-progress': 'Send the request again after `Retry-After`, with the same key.',
  'order-ended': 'Nothing: a completed or failed order stays as it is.',
  'body-too-large': 'Send at most 262144 bytes.',
  'unsupported-media-type': 'Send `Content-Type: application/json`, without `Content-Encoding`.',
  'idempotency-key-reused': 'Take a new key for a new request.',
  'internal-error': 'Send the request again with the same key; quote `instance` when asking for help.',
  'temporarily-unavailable': 'Send the request again after `Retry-After`, with the same key.',
};

const problemRows = Object.entries(problems).map(
  ([kind, { status, title }]) => `| \`${kind}\` | ${status} | ${title}. | ${adviceOn(kind)} |`,
);

/** Markdown. */
export const introduction = `Places orders, shows and lists them, cancels them, lists what can be ordered, and keeps the catalogue.

An order is accepted at once and carried out afterwards, step by step: the stock is reserved, the payment taken, the customer told. Where a step is refused, everything before it is undone and the order ends as \`FAILED\`, with a \`reason\`. So 201 says that an order was accepted; \`GET /orders/{orderId}\` says what became of it.

## Where it is

On one machine all routes are on one port. On AWS each service has its own host, and the name of the stage is the first part of the path, as in \`/dev/orders\`. Where a stage asks for a token, every request carries it as \`Authorization: Bearer …\`; its subject is the customer. What changes the catalogue asks for a scope of administrators as well. Otherwise the API is open, and requests name the customer.

## Sending a request again

\`GET\`, \`PUT\` and cancelling can be repeated at any time. Placing an order can be repeated with an idempotency key, and so can taking in a delivery, which is refused without one. The client makes a key for each order or delivery, and keeps it for all attempts at it:

- The same key with the same request is answered as the first time, with the header \`Idempotent-Replayed: true\`, and does nothing a second time.
- The same key with another request is refused with 422.
- The same key while the first request is still running is refused with 409 where an order is placed; try again after \`Retry-After\`. A delivery waits for the first.
- A key of an order belongs to one customer, one of a delivery to one caller and product. It holds for ten minutes, where the stage says nothing else.
- A failure is never kept: after 5xx, 429 or a broken connection, send the request again with the same key. Wait as long as \`Retry-After\` says, otherwise longer each time, and not in step with others.

Other answers with 4xx do not change by asking again.

## Amounts

Prices and totals are decimal numbers with at most two places (\`1299.99\`), in the currency that stands beside them. Sums are exact: they are made of whole cents.

## Problems

Errors of the services are problem details (RFC 9457) as \`application/problem+json\`. Decide by \`type\`, which is \`urn:distributed-patterns-demo:problem:\` and one of these names; titles and details are for people, and members that you do not know may come at any time.

| type | status | meaning | what to do |
| --- | --- | --- | --- |
${problemRows.join('\n')}

Paths and methods that are not described here are answered with \`not-found\` and \`method-not-allowed\`.

## What the gateway answers by itself

The gateway in front of the services has a form of its own, \`application/json\` with a \`message\`, and sends no header of theirs; what it says of a token comes with \`WWW-Authenticate\`. It answers 401 without a valid token, 403 for a token without the scope that is asked for, 413 for a body that is too large for it, 429 for too many requests, 500 and 503 where a service gave no answer. A client has to be ready for both forms.`;

function adviceOn(kind: string): string {
  return Object.entries(advice).find(([each]) => each === kind)?.[1] ?? '';
}
