/** Telemetry that a test can look into. */
import type { Telemetry } from '@distributed-patterns/telemetry';

/** What was said, in order. */
export interface RecordingTelemetry extends Telemetry {
  /** Metrics as `name value`, once they are published: what a function only counts is never seen on AWS either. */
  readonly recorded: readonly string[];
  /** The errors that were logged. */
  readonly errors: readonly unknown[];
}

/** Telemetry that keeps metrics and logged errors. */
export function recordingTelemetry(): RecordingTelemetry {
  const counted: string[] = [];
  const recorded: string[] = [];
  const errors: unknown[] = [];
  const keepError = (...[, extra]: readonly unknown[]): void => {
    if (typeof extra === 'object' && extra !== null && 'error' in extra) errors.push(extra.error);
  };
  return {
    recorded,
    errors,
    logger: { info: () => undefined, warn: () => undefined, error: keepError },
    metrics: {
      addMetric: (name, _unit, value) => counted.push(`${name} ${value}`),
      publishStoredMetrics: () => void recorded.push(...counted.splice(0)),
    },
  };
}
