/** Sends archived events again. */
import type { Ground } from '../part.ts';
import type { Deliveries } from './deliveries.ts';
import { replayedEvent } from './event.ts';
import type { Replay, ReplayStore } from './replay-store.ts';
import type { Declarations } from './rule.ts';
import type { RuleStates } from './rule-states.ts';

/** How many events are replayed in one transaction, and no more before most of them have been delivered. */
const BATCH = 100;

/**
 * Runs replays (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html). AWS sends
 * the events of one minute after those of the minute before, in no order within it; here they go by the second.
 * Owing a batch and remembering how far that goes are one transaction: a killed process neither skips nor repeats.
 */
export class Replays {
  readonly #ground: Ground;
  readonly #declarations: Declarations;
  readonly #states: RuleStates;
  readonly #deliveries: Deliveries;
  readonly #store: ReplayStore;
  #isStopped = false;

  constructor(
    ground: Ground,
    parts: {
      readonly declarations: Declarations;
      readonly states: RuleStates;
      readonly deliveries: Deliveries;
      readonly store: ReplayStore;
    },
  ) {
    this.#ground = ground;
    this.#declarations = parts.declarations;
    this.#states = parts.states;
    this.#deliveries = parts.deliveries;
    this.#store = parts.store;
  }

  /** Goes on with the replays that had not ended when the process did. */
  start(): void {
    for (const { name, ended_at: endedAt } of this.#store.list(this.#ground.clock.now())) {
      if (endedAt === null) this.begin(name);
    }
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Runs one replay to its end, starting on the next turn, so that whoever asked for it is answered first. */
  begin(name: string): void {
    this.#ground.activity.begin(async () => {
      do {
        await this.#deliveries.whenFree();
        await new Promise((resolve) => setImmediate(resolve));
      } while (!this.#isStopped && this.#store.transaction(() => this.#step(name)));
    });
  }

  /** One step of a replay; false when that was its last. */
  #step(name: string): boolean {
    const now = this.#ground.clock.now();
    const replay = this.#store.get(name);
    if (replay === undefined) return false;
    if (replay.state === 'CANCELLING') {
      this.#store.end(name, 'CANCELLED', now);
      return false;
    }
    if (!this.#declarations.archives.has(replay.archive)) {
      this.#store.end(name, 'FAILED', now, `Archive ${replay.archive} does not exist.`);
      return false;
    }
    const events = this.#store.next(replay, BATCH);
    const last = events.at(-1);
    if (last === undefined) {
      this.#store.end(name, 'COMPLETED', now);
      return false;
    }
    for (const { event } of events) this.#send(replay, event, now);
    this.#store.setState(name, 'RUNNING');
    this.#store.advance(name, last);
    return true;
  }

  /** No archive keeps what is replayed: the rule that AWS makes for an archive wants events without `replay-name`. */
  #send(replay: Replay, archived: string, now: number): void {
    const event = replayedEvent(archived, replay.name);
    for (const rule of this.#declarations.matchingRules(replay.bus, event)) {
      const isWanted = replay.filter_arns?.includes(rule.arn) ?? true;
      if (isWanted && this.#states.isEnabled(rule)) this.#deliveries.owe(event, rule, now);
    }
  }
}
