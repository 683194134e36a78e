/** An event on a bus: its envelope as text, as it goes to targets, and as a value, as patterns see it. */
import { randomUUID } from 'node:crypto';
import { ACCOUNT, REGION } from '../arn.ts';

/** What an event is made from; `time` is in milliseconds since the epoch, `detail` the JSON text of an object. */
export interface EventContent {
  readonly detailType: string;
  readonly source: string;
  readonly time: number;
  readonly resources: readonly string[];
  readonly detail: string;
}

/** An event that a bus has accepted. */
export interface BusEvent {
  readonly id: string;
  readonly detailType: string;
  readonly source: string;
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
    text: `${JSON.stringify(envelope).slice(0, -1)},"detail":${content.detail}}`,
    value: { ...envelope, detail: detailValue },
  };
}

/** `2026-11-23T11:29:00Z` */
function isoSeconds(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
