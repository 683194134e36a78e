/** Fields that take one type of value only: what their expressions may evaluate to. */
import type { WaitState } from './definition.ts';
import type { Bindings } from './jsonata.ts';
import { LONGEST_SECONDS } from './definition-language.ts';
import { evaluateTemplate, evaluationError, type Template } from './template.ts';

/** A field that takes a whole number of seconds, `least` of them or more. */
export async function secondsOf(
  field: Template | undefined,
  name: string,
  least: number,
  seen: Bindings,
): Promise<number | undefined> {
  if (field === undefined) return undefined;
  const seconds = await evaluateTemplate(field, seen);
  if (typeof seconds === 'number' && Number.isInteger(seconds) && seconds >= least && seconds <= LONGEST_SECONDS) {
    return seconds;
  }
  throw evaluationError(
    `The field '${name}' takes a whole number of seconds, but got ${JSON.stringify(seconds)}.`,
    name,
  );
}

/** A field that takes a string. */
export async function textOf(field: Template, name: string, seen: Bindings): Promise<string> {
  const text = await evaluateTemplate(field, seen);
  if (typeof text === 'string') return text;
  throw evaluationError(`The field '${name}' takes a string, but got ${JSON.stringify(text)}.`, name);
}

/** When a Wait state ends, in milliseconds since the epoch. */
export async function momentOf({ until }: WaitState, seen: Bindings, now: number): Promise<number> {
  if (until.kind === 'seconds') return now + ((await secondsOf(until.seconds, 'Seconds', 0, seen)) ?? 0) * 1000;
  const moment = Date.parse(await textOf(until.timestamp, 'Timestamp', seen));
  if (Number.isNaN(moment)) throw evaluationError("The field 'Timestamp' takes an ISO 8601 time.", 'Timestamp');
  return moment;
}
