/** Keeps a number of sagas in flight: an order is placed whenever the saga of an earlier one has ended. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AwsClient } from './aws-json.ts';
import { OpenOrders } from './executions.ts';
import { closedLoop, type Limits } from './load.ts';
import type { OrderClient } from './orders.ts';

const POLL_MILLISECONDS = 150;
/** So few that a system which has only just started is not buried under orders. */
const GENTLE = 8;

/** Runs until the limits are met; what is in flight then is left to end by itself. */
export async function keepInFlight(
  aws: AwsClient,
  orders: OrderClient,
  inFlight: number,
  limits: Limits,
): Promise<void> {
  const open = new OpenOrders(aws);
  const broken = new AbortController();
  let known = orders.placed.length;
  let over = false;
  const poll = async () => {
    while (!over) {
      await sleep(POLL_MILLISECONDS);
      for (const { orderId } of orders.placed.slice(known)) open.add(orderId);
      known = orders.placed.length;
      await open.refresh();
    }
  };
  const underWay = () => open.count + (orders.placed.length - known) + orders.unanswered;
  const bounds = { ...limits, signal: AbortSignal.any([limits.signal, broken.signal]) };
  const load = closedLoop(inFlight, bounds, underWay, (due) => void orders.place(due)).finally(() => (over = true));
  await Promise.all([poll().finally(() => broken.abort()), load]);
}

/** Load before the measurement: half of the time a few sagas only, then as it will be. */
export async function warmUp(
  aws: AwsClient,
  orders: OrderClient,
  seconds: number,
  signal: AbortSignal,
  drive: (limits: Limits) => Promise<void>,
): Promise<void> {
  const half = seconds * 500;
  await keepInFlight(aws, orders, GENTLE, { until: performance.now() + half, signal });
  await drive({ until: performance.now() + half, signal });
  signal.throwIfAborted();
}
