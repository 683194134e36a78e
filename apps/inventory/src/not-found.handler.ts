/** The `$default` route: what the inventory API does not have. */
import { httpEdge, notFound, type Route } from '@distributed-patterns/http-api';
import { createTelemetry } from '@distributed-patterns/telemetry';

/** What it has. */
const routes: readonly Route[] = [
  'GET /products',
  'GET /products/{productId}',
  'PUT /products/{productId}',
  'POST /products/{productId}/restock',
];

export const handler = httpEdge(notFound(routes), createTelemetry);
