/** An event on a bus: its envelope as text, as it goes to targets, and as a value, as patterns see it. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { ACCOUNT, REGION } from '../arn.ts';

/** What an event is made from; `time` is in milliseconds since the epoch, `detail` the JSON text of an object. */
export interface EventContent {
  readonly detailType: string;
  readonly source: string;
  readonly time: number;
  readonly resources: readonly string[];
  readonly detail: string;
}

/** An event that a bus has accepted; `time` is the one in the event, in milliseconds since the epoch. */
export interface BusEvent {
  readonly id: string;
  readonly detailType: string;
  readonly source: string;
  readonly time: number;
  readonly text: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/**
 * Wraps content in the envelope of https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html.
 * The detail is passed on as it was written, so that no number loses digits.
 */
export function makeEvent(content: EventContent, detailValue: unknown): BusEvent {
  const id = randomUUID();
  const envelope = {
    version: '0',
    id,
    'detail-type': content.detailType,
    source: content.source,
    account: ACCOUNT,
    time: isoSeconds(content.time),
    region: REGION,
    resources: content.resources,
  };
  return {
    id,
    detailType: content.detailType,
    source: content.source,
    time: Math.floor(content.time / 1000) * 1000,
    text: `${JSON.stringify(envelope).slice(0, -1)},"detail":${content.detail}}`,
    value: { ...envelope, detail: detailValue },
  };
}

const whole = z.looseObject({ id: z.string(), 'detail-type': z.string(), source: z.string(), time: z.string() });

/**
 * An archived event as a replay sends it: what it was, and `replay-name` before its resources
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html).
 */
export function replayedEvent(archived: string, replayName: string): BusEvent {
  // Within a JSON text the quotes have backslashes before them, so the first of these is the field.
  const place = archived.indexOf(',"resources":');
  const text = `${archived.slice(0, place)},"replay-name":${JSON.stringify(replayName)}${archived.slice(place)}`;
  const value = whole.parse(JSON.parse(text));
  const { id, 'detail-type': detailType, source, time } = value;
  return { id, detailType, source, time: Date.parse(time), text, value };
}

/** `2026-11-23T11:29:00Z` */
function isoSeconds(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
