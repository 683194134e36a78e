/**
 * The crash test: orders come in, something is killed at a random moment, and so on; in the end everything must add up.
 * What is drawn follows from a seed; what a crash hits depends on the machine as well. This test waits in real time,
 * since the moments of a crash are what it is about.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as realTime } from 'node:timers/promises';
import { audit, type Audit } from './crash-audit.ts';
import { countUnfinished, fillShelves, readBooks, readProducts, runningSagas } from './crash-books.ts';
import { Client, goods } from './crash-clients.ts';
import type { CrashPlan } from './crash-plan.ts';
import { CrashingRuntime } from './crash-runtime.ts';
import { Draw } from './crash-draw.ts';
import type { System } from './system.ts';

interface Scene {
  readonly plan: CrashPlan;
  /** Takes a line about how it goes. */
  readonly tell: (line: string) => void;
  readonly draw: Draw;
  readonly runtime: CrashingRuntime;
  readonly clients: Client[];
  /** How many accepted orders had not ended when it served again after each crash. */
  readonly inFlight: number[];
}

const MINUTE = 60_000;
/** More than the longest saga with all of its retries takes. */
const LONGEST_SAGA = 8 * 60 * MINUTE;
/** More than any queue, sweeper or correction may still be waiting for when the last order has ended. */
const AFTERMATH = 10 * MINUTE;
/** How often those without an answer ask again in the end, a minute apart; an idempotency key holds for ten. */
const LAST_ATTEMPTS = 8;
/** How often something dies before the first order has ended: soon after the start, that is. */
const WHILE_STARTING = 0.3;
/** Milliseconds of real time between two looks at the sagas, and for all of them in one round. */
const LOOKS_EVERY = 200;
const LONGEST_WAIT = 60_000;
/** More of everything than all customers together can order. */
const PLENTY = 1_000_000;

/**
 * Runs all rounds on one data directory, lets everything settle, and returns what the audit found.
 * `tell` takes lines about how it goes.
 */
export async function crashAgainAndAgain(plan: CrashPlan, tell: (line: string) => void): Promise<Audit> {
  const directory = mkdtempSync(join(tmpdir(), 'crashes-'));
  const draw = new Draw(plan.seed);
  const scene: Scene = { plan, tell, draw, runtime: new CrashingRuntime(directory, draw), clients: [], inFlight: [] };
  tell(`${plan.crashes} crashes, ${plan.orders} orders each; CRASH_SEED=${plan.seed} draws the same again`);
  let found: Audit | undefined;
  try {
    found = await playAll(scene);
    return found;
  } finally {
    await scene.runtime.end();
    if (found?.problems.length === 0) rmSync(directory, { recursive: true });
    else tell(`the state of it all is in ${directory}`);
  }
}

async function playAll(scene: Scene): Promise<Audit> {
  const { plan, runtime, clients } = scene;
  const received = await openShop(runtime);
  for (let round = 1; round <= plan.crashes; round++) await playRound(scene, round);
  await settle(scene);
  const books = await readBooks(await runtime.system());
  const { problems, figures } = audit(books, { told: clients, received, kills: runtime.kills });
  return { problems: [...problems, ...runtime.internalErrors], figures: { ...figures, ...loadFigures(scene) } };
}

/** Seeds the catalogue and fills the shelves; returns how much of each product has come in. */
async function openShop(runtime: CrashingRuntime): Promise<ReadonlyMap<string, number>> {
  const system = await runtime.system();
  await system.invoke('inventory', 'seed-catalogue');
  const popular = goods.map(({ productId }) => productId);
  await fillShelves(system, popular, PLENTY);
  const products = await readProducts(system);
  return new Map(products.map(({ productId, received }) => [productId, received]));
}

/**
 * Whoever has no answer asks again, and new customers come, so that as many orders as planned are in flight all the time;
 * after a drawn number of orders has ended, and a moment more, something dies.
 */
async function playRound(scene: Scene, round: number): Promise<void> {
  const { plan, tell, draw, runtime, inFlight } = scene;
  const wanted = draw.chance(WHILE_STARTING) ? 0 : draw.between(1, Math.ceil(plan.orders / 2));
  const pause = draw.between(0, plan.longestPause);
  const load = await takeUp(scene, await runtime.system(), round);
  const ended = await keepUp(load, wanted, pause);
  const victims = await runtime.crash();
  await load.answered();

  const since = Date.now();
  const system = await runtime.system();
  const back = Date.now() - since;
  const hit = await countUnfinished(system);
  inFlight.push(hit);
  tell(
    `crash ${round}/${plan.crashes} took ${victims}, ${pause} ms after ${ended} orders had ended; ` +
      `it served after ${back} ms, with ${hit} orders to go on with`,
  );
}

/** The orders of one round. */
interface Load {
  /** Looks what has ended and lets as many new customers come; returns how many orders have ended in this round. */
  look(): Promise<number>;
  /** Resolves once every request has its answer, or never will. */
  answered(): Promise<void>;
}

async function takeUp({ plan, draw, clients }: Scene, system: System, round: number): Promise<Load> {
  const unfinished = await countUnfinished(system);
  const asking: Promise<void>[] = [];
  let [ended, accepted, unanswered] = [0, 0, 0];
  let running = await runningSagas(system);
  const ask = async (client: Client): Promise<void> => {
    unanswered++;
    await client.ask(system);
    unanswered--;
    accepted += client.acknowledged.size;
  };
  const fill = (): void => {
    const inFlight = unfinished + accepted + unanswered - ended;
    for (let missing = plan.orders - inFlight; missing > 0; missing--) {
      const client = new Client(`customer-${round}-${asking.length}`, draw);
      clients.push(client);
      asking.push(ask(client));
    }
  };
  asking.push(...clients.filter(({ isWaiting }) => isWaiting).map(ask));
  fill();
  return {
    look: async () => {
      const now = await runningSagas(system);
      ended += [...running].filter((name) => !now.has(name)).length;
      running = now;
      fill();
      return ended;
    },
    answered: async () => void (await Promise.all(asking)),
  };
}

/** Resolves a moment after so many orders have ended, to how many; or after fewer, where all that is left waits for timers. */
async function keepUp(load: Load, wanted: number, pause: number): Promise<number> {
  const late = Date.now() + LONGEST_WAIT;
  let ended = await load.look();
  for (; ended < wanted && Date.now() < late; ended = await load.look()) await realTime(LOOKS_EVERY);
  for (const end = Date.now() + pause; Date.now() < end; ended = await load.look()) {
    await realTime(Math.min(LOOKS_EVERY, end - Date.now()));
  }
  return ended;
}

/** Nothing dies any more: everybody gets an answer, every order its end, every timer its time. */
async function settle({ tell, runtime, clients }: Scene): Promise<void> {
  const system = await runtime.system();
  for (let attempt = 0; attempt < LAST_ATTEMPTS && clients.some(({ isWaiting }) => isWaiting); attempt++) {
    await Promise.all(clients.filter(({ isWaiting }) => isWaiting).map((client) => client.ask(system)));
    await system.advance(MINUTE);
  }
  let passed = 0;
  for (; passed < LONGEST_SAGA && (await countUnfinished(system)) > 0; passed += MINUTE) await system.advance(MINUTE);
  await system.advance(AFTERMATH);
  tell(`settled after ${passed / MINUTE} minutes of the system's time`);
}

function loadFigures({ clients, inFlight }: Scene): Record<string, number> {
  const unanswered = Map.groupBy(
    clients.flatMap((client) => client.unanswered),
    (status) => (status === 0 ? 'requests whose connection broke' : `requests answered ${status}`),
  );
  return {
    ...Object.fromEntries([...unanswered].map(([what, statuses]) => [what, statuses.length])),
    'accepted orders under way at a crash, least': Math.min(...inFlight),
    'accepted orders under way at a crash, on average': Math.round(
      inFlight.reduce((sum, one) => sum + one, 0) / inFlight.length,
    ),
    'accepted orders under way at a crash, most': Math.max(...inFlight),
  };
}
