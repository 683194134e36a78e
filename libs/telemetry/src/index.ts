/** How a service speaks of itself: structured logs, and metrics in CloudWatch's embedded metric format. */
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { describeError } from './describe-error.ts';

export { MetricUnit };

type Unit = (typeof MetricUnit)[keyof typeof MetricUnit];

/** What a log line says besides its message. An error under `error` is described, never copied whole. */
export type LogAttributes = Readonly<Record<string, unknown>> & { readonly error?: unknown };

/** A service's logger and metrics; service name, namespace and level come from Powertools' environment variables. */
export interface Telemetry {
  readonly logger: Readonly<Record<'info' | 'warn' | 'error', (message: string, attributes: LogAttributes) => void>>;
  readonly metrics: {
    addMetric(name: string, unit: Unit, value: number): unknown;
    /** Writes what was counted, where anything was. */
    publishStoredMetrics(): void;
  };
}

/** Makes the telemetry of a function; once per execution environment. */
export function createTelemetry(): Telemetry {
  const logger = new Logger();
  const metrics = new Metrics();
  const line = (attributes: LogAttributes) =>
    'error' in attributes ? { ...attributes, error: describeError(attributes.error) } : attributes;
  return {
    logger: {
      info: (message, attributes) => logger.info(message, line(attributes)),
      warn: (message, attributes) => logger.warn(message, line(attributes)),
      error: (message, attributes) => logger.error(message, line(attributes)),
    },
    metrics: {
      addMetric: (name, unit, value) => metrics.addMetric(name, unit, value),
      publishStoredMetrics: () => {
        if (metrics.hasStoredMetrics()) metrics.publishStoredMetrics();
      },
    },
  };
}

/** Telemetry that says nothing, for tests of something else. */
export const silentTelemetry: Telemetry = {
  logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
  metrics: { addMetric: () => undefined, publishStoredMetrics: () => undefined },
};
