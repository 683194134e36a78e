/** The lines that Lambda itself writes to a function's log (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html). */
import type { LambdaFunction } from './function-declaration.ts';

/** What a REPORT line says; durations in milliseconds, memory in bytes. */
export interface Report {
  readonly requestId: string;
  readonly milliseconds: number;
  readonly memory: number;
  readonly initMilliseconds: number | undefined;
  readonly status: 'success' | 'timeout' | 'error';
  readonly errorType: string | undefined;
}

/** INIT_START, once for each environment. */
export function initLine(declared: LambdaFunction, now: number): readonly string[] {
  const version = declared.runtime.replace('nodejs', 'nodejs:').replace('.x', '');
  const record = { initializationType: 'on-demand', phase: 'init', runtimeVersion: version };
  return line(declared, now, `INIT_START Runtime Version: ${version}.local`, 'platform.initStart', record);
}

/** START, before the handler runs. */
export function startLine(declared: LambdaFunction, now: number, requestId: string): readonly string[] {
  return line(declared, now, `START RequestId: ${requestId} Version: $LATEST`, 'platform.start', {
    requestId,
    version: '$LATEST',
  });
}

/** END and REPORT; the billed duration is rounded up and contains a cold start's initialization. */
export function reportLines(declared: LambdaFunction, now: number, report: Report): readonly string[] {
  const { requestId, milliseconds, initMilliseconds } = report;
  const billed = Math.ceil(milliseconds + (initMilliseconds ?? 0));
  const used = Math.min(declared.memorySize, Math.ceil(report.memory / 1_048_576));
  const fields = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${milliseconds.toFixed(2)} ms`,
    `Billed Duration: ${billed} ms`,
    `Memory Size: ${declared.memorySize} MB`,
    `Max Memory Used: ${used} MB`,
  ];
  if (initMilliseconds !== undefined) fields.push(`Init Duration: ${initMilliseconds.toFixed(2)} ms`);
  if (report.status !== 'success') fields.push(`Status: ${report.status}`);
  if (report.errorType !== undefined) fields.push(`Error Type: ${report.errorType}`);
  const record = {
    requestId,
    metrics: {
      durationMs: Number(milliseconds.toFixed(3)),
      billedDurationMs: billed,
      memorySizeMB: declared.memorySize,
      maxMemoryUsedMB: used,
      initDurationMs: initMilliseconds,
    },
    status: report.status,
    errorType: report.errorType,
  };
  const end = declared.logFormat === 'JSON' ? [] : [`END RequestId: ${requestId}`];
  return [...end, ...line(declared, now, fields.join('\t'), 'platform.report', record)];
}

function line(declared: LambdaFunction, now: number, text: string, type: string, record: object): readonly string[] {
  if (declared.logFormat === 'Text') return [text];
  if (declared.systemLogLevel === 'WARN') return [];
  return [JSON.stringify({ time: new Date(now).toISOString(), type, record })];
}
