/** Turns what a handler writes into log events (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html). */
import { format } from 'node:util';
import { now } from './time.ts';

const LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const;
type Level = (typeof LEVELS)[number];

interface OutputOptions {
  readonly requestId: () => string | undefined;
  readonly write: (timestamp: number, message: string) => void;
}

/**
 * Redirects `console` and the standard streams. A console call becomes one event with time, request and level;
 * what is written straight to a stream (as Powertools' logger does) becomes an event a line, unchanged.
 */
export function captureOutput(options: OutputOptions): void {
  const asJson = process.env['AWS_LAMBDA_LOG_FORMAT'] === 'JSON';
  const least = LEVELS.findIndex((level) => level === process.env['AWS_LAMBDA_LOG_LEVEL']);
  const method = (level: Level) => {
    if (LEVELS.indexOf(level) < least) return () => undefined;
    return (...parts: readonly unknown[]) => {
      const timestamp = now();
      const line = asJson ? jsonEvent : textEvent;
      options.write(timestamp, line(new Date(timestamp).toISOString(), options.requestId(), level, parts));
    };
  };
  Object.assign(console, {
    trace: method('TRACE'),
    debug: method('DEBUG'),
    info: method('INFO'),
    log: method('INFO'),
    warn: method('WARN'),
    error: method('ERROR'),
    fatal: method('FATAL'),
  });
  captureStream(process.stdout, options.write);
  captureStream(process.stderr, options.write);
}

function textEvent(time: string, requestId: string | undefined, level: Level, parts: readonly unknown[]): string {
  return [time, requestId, level, format(...parts)].map(String).join('\t');
}

function jsonEvent(timestamp: string, requestId: string | undefined, level: Level, parts: readonly unknown[]): string {
  const [first] = parts;
  const head = { timestamp, level, requestId };
  const error = parts.slice(1).find((part) => part instanceof Error);
  if (parts.length > 1) return JSON.stringify({ ...head, message: format(...parts), ...errorMembers(error) });
  try {
    return JSON.stringify({ ...head, message: first }, (_name, value: unknown) =>
      value instanceof Error ? { ...errorMembers(value), ...value } : value,
    );
  } catch {
    return JSON.stringify({ ...head, message: format(first) });
  }
}

function errorMembers(error: Error | undefined): object {
  if (error === undefined) return {};
  return { errorType: error.constructor.name, errorMessage: error.message, stackTrace: error.stack?.split('\n') ?? [] };
}

function captureStream(stream: NodeJS.WriteStream, write: OutputOptions['write']): void {
  const decoder = new TextDecoder();
  Object.assign(stream, {
    write(chunk: string | Uint8Array, encoding?: unknown, done?: unknown): boolean {
      const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk);
      const timestamp = now();
      for (const line of text.split('\n')) if (line !== '') write(timestamp, line);
      const callback = typeof encoding === 'function' ? encoding : done;
      if (typeof callback === 'function') queueMicrotask(() => void callback());
      return true;
    },
  });
}
