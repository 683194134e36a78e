/** The `$default` route: what the inventory API does not have. */
import { httpEdge, notFound } from '@distributed-patterns/http-api';
import { createTelemetry } from '@distributed-patterns/telemetry';

export const handler = httpEdge(notFound(['GET /products']), createTelemetry);
