/** How a service speaks of itself: structured logs, and metrics in CloudWatch's embedded metric format. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';

export { MetricUnit };

type Unit = (typeof MetricUnit)[keyof typeof MetricUnit];

/** A service's logger and metrics; service name, namespace and level come from Powertools' environment variables. */
export interface Telemetry {
  readonly logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly metrics: {
    addMetric(name: string, unit: Unit, value: number): unknown;
    publishStoredMetrics(): void;
  };
}

/** Makes the telemetry of a function; once per execution environment. */
export function createTelemetry(): Telemetry {
  return { logger: new Logger(), metrics: new Metrics() };
}

/** Telemetry that says nothing, for tests of something else. */
export const silentTelemetry: Telemetry = {
  logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
  metrics: { addMetric: () => undefined, publishStoredMetrics: () => undefined },
};
