/** What everything that reads one stream for one function has at hand. */
import type { Ground } from '../part.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { Destinations } from './destinations.ts';
import type { StreamMapping } from './event-source-mapping.ts';
import type { Invoker } from './invoker.ts';

/** What the readers of a mapping's shards work with. */
export interface StreamReading {
  readonly ground: Ground;
  readonly invoker: Invoker;
  readonly destinations: Destinations;
  readonly checkpoints: Checkpoints;
  readonly mapping: StreamMapping;
  /** How long a shard rests at most after a batch, in milliseconds of the machine's time. */
  readonly rest: number;
  /** Calls an operation of DynamoDB Streams as the function's role. */
  readonly call: (operation: string, input: object) => Promise<unknown>;
  /** Reports the same complaint once. */
  readonly complain: (what: string, error: unknown) => void;
}
