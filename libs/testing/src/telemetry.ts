/** Telemetry that a test can look into. */
import type { Telemetry } from '@distributed-patterns/telemetry';

/** What was said, in order. */
export interface RecordingTelemetry extends Telemetry {
  /** Metrics as `name value`. */
  readonly recorded: readonly string[];
  /** The errors that were logged. */
  readonly errors: readonly unknown[];
}

/** Telemetry that keeps metrics and logged errors. */
export function recordingTelemetry(): RecordingTelemetry {
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
      addMetric: (name, _unit, value) => recorded.push(`${name} ${value}`),
      publishStoredMetrics: () => undefined,
    },
  };
}
