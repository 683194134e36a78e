/** The `$default` route: what the order API does not have. */
import { httpEdge, notFound, type Route } from '@distributed-patterns/http-api';
import { createTelemetry } from '@distributed-patterns/telemetry';

/** What it has. */
const routes: readonly Route[] = [
  'POST /orders',
  'GET /orders',
  'GET /orders/{orderId}',
  'POST /orders/{orderId}/cancel',
];

export const handler = httpEdge(notFound(routes), createTelemetry);
