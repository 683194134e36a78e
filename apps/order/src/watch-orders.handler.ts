/** Looks, every hour, for orders that are open for longer than any saga runs, and sets their sagas off again. */
import { milliseconds, watchdog } from '@distributed-patterns/durations';
import { stamp } from '@distributed-patterns/messaging';
import { MetricUnit } from '@distributed-patterns/telemetry';
import type { Context } from 'aws-lambda';
import { isOpen, tellAgain } from './order.ts';
import { type Wiring, wiring } from './wiring.ts';

/** Open orders that could not be told of again; the next run tries them once more. */
export class NotToldAgain extends Error {
  override readonly name = 'NotToldAgain';
}

/** Milliseconds: longer than any saga runs that does not wait for a person. */
const OPEN_FOR = milliseconds(watchdog.openFor);

/** Milliseconds that a page of orders may take; with less left, the rest waits for the next run. */
const TIME_FOR_A_PAGE = milliseconds(watchdog.page);

type Watched = 'told' | 'ended' | 'failed';

/** One order that cannot be told of again does not keep the others from it. */
export const handler = async (
  _event?: unknown,
  context?: Pick<Context, 'getRemainingTimeInMillis'>,
  wired: Wiring = wiring(),
): Promise<void> => {
  const before = new Date(wired.clockAndIds.now().getTime() - OPEN_FOR).toISOString();
  const watched: Watched[] = [];
  try {
    for await (const orderIds of wired.store.open(before)) {
      watched.push(...(await Promise.all(orderIds.map((orderId) => watch(orderId, wired)))));
      if (context !== undefined && context.getRemainingTimeInMillis() < TIME_FOR_A_PAGE) break;
    }
  } finally {
    // What was found is counted, also where the index could not be read to its end.
    count(watched.filter((outcome) => outcome !== 'ended').length, wired);
  }
  const failed = watched.filter((outcome) => outcome === 'failed').length;
  if (failed > 0) throw new NotToldAgain(`${failed} orders`);
};

/** The index may lag behind an order that has ended meanwhile. */
async function watch(orderId: string, { store, telemetry, clockAndIds }: Wiring): Promise<Watched> {
  const id = clockAndIds.newId();
  const about = { orderId, correlationId: id };
  try {
    const loaded = await store.load(orderId);
    if (loaded === undefined || !isOpen(loaded.order)) return 'ended';
    const decision = tellAgain(loaded.order);
    const cause = { id, correlationId: id };
    await store.commit(
      loaded,
      loaded.order,
      decision.announcements.map((each) => stamp(each, cause, clockAndIds)),
    );
    telemetry.logger.error('an order is open for too long', { ...about, status: loaded.order.status });
    return 'told';
  } catch (error) {
    telemetry.logger.error('an open order was not told of again', { ...about, error });
    return 'failed';
  }
}

/** Counted once a run, those that could not be told of as well: the alarm stays on while there are any. */
function count(openForTooLong: number, { telemetry: { metrics } }: Wiring): void {
  if (openForTooLong === 0) return;
  metrics.addMetric('OrderOpenTooLong', MetricUnit.Count, openForTooLong);
  metrics.publishStoredMetrics();
}
