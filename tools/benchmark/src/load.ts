/** When work is begun: at a fixed rate whatever the answers do, or as soon as earlier work has ended. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds between two looks of a closed loop. */
const LOOK = 5;

/** When to end. */
export interface Limits {
  /** A moment of `performance.now()`. */
  readonly until?: number;
  /** How many pieces of work are begun at most. */
  readonly count?: number;
  readonly signal: AbortSignal;
}

/**
 * Begins work at a fixed rate. Each piece is told when it was due: who counts from then does not leave out the waiting that
 * a slow system causes (coordinated omission).
 */
export async function openLoop(
  perSecond: number,
  { until = Infinity, count = Infinity, signal }: Limits,
  begin: (due: number) => void,
): Promise<void> {
  const from = performance.now();
  for (let begun = 0; begun < count && !signal.aborted; begun++) {
    const due = from + (begun * 1000) / perSecond;
    if (due >= until) return;
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    begin(due);
  }
}

/** Keeps `wanted` pieces of work under way. */
export async function closedLoop(
  wanted: number,
  { until = Infinity, count = Infinity, signal }: Limits,
  underWay: () => number,
  begin: (due: number) => void,
): Promise<void> {
  let begun = 0;
  while (begun < count && performance.now() < until && !signal.aborted) {
    for (let missing = Math.min(wanted - underWay(), count - begun); missing > 0; missing--) {
      begun++;
      begin(performance.now());
    }
    await sleep(LOOK);
  }
}
