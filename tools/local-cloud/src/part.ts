/** What every part of the runtime is given, and what it gives back to be wired in. */
import type { Activity } from './activity.ts';
import type { Clock } from './clock.ts';
import type { Database } from './database.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Faults } from './faults.ts';
import type { ResourceProviders } from './resource.ts';
import type { AwsService } from './service.ts';
import type { Signals } from './signals.ts';

/** The ground that all parts stand on. */
export interface Ground {
  readonly clock: Clock;
  readonly database: Database;
  readonly dispatcher: Dispatcher;
  readonly signals: Signals;
  readonly activity: Activity;
  readonly faults: Faults;
  /** A number in [0, 1): `Math.random`, or a seeded one in tests. */
  readonly random: () => number;
  /** A line for the person at the terminal: what was denied, dropped or gave up. */
  readonly report: (line: string) => void;
}

/** One part: its AWS services by dispatcher id, the resource types it takes, and its life. */
export interface Part {
  readonly services: Readonly<Record<string, AwsService>>;
  readonly resources: ResourceProviders;
  /** Goes on where the durable state says, once every template has been loaded. */
  start?(): void | Promise<void>;
  /** Stops taking up work and ends what cannot be ended by a kill. */
  stop?(): void | Promise<void>;
}
