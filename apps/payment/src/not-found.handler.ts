/** The `$default` route: what the payment API does not have. */
import { httpEdge, notFound, type Route } from '@distributed-patterns/http-api';
import { createTelemetry } from '@distributed-patterns/telemetry';

/** What it has. */
const routes: readonly Route[] = ['POST /payments/webhook'];

export const handler = httpEdge(notFound(routes), createTelemetry);
