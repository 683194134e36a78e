/** Reads a table's stream for a function (https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html): shards in their order. */
import type { Timer } from '../clock.ts';
import type { Ground } from '../part.ts';
import { Backoff } from './backoff.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { Destinations } from './destinations.ts';
import type { StreamMapping } from './event-source-mapping.ts';
import type { Invoker } from './invoker.ts';
import { ShardReader } from './shard-reader.ts';
import type { StreamReading } from './stream-reading.ts';
import { describedStream } from './stream-records.ts';
import { messageOf } from '../error-text.ts';

/** One stream, one function; a shard is read once its parent has been read to the end. */
export class StreamReader {
  readonly #reading: StreamReading;
  readonly #shards = new Map<string, ShardReader>();
  readonly #backoff = new Backoff(1_000, 60_000);
  #retry: Timer | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(
    ground: Ground,
    invoker: Invoker,
    destinations: Destinations,
    checkpoints: Checkpoints,
    mapping: StreamMapping,
    rest: number,
  ) {
    const { declared, eventSourceArn } = mapping;
    const reported = new Set<string>();
    this.#reading = {
      ground,
      invoker,
      destinations,
      checkpoints,
      mapping,
      rest,
      call: (operation, input) =>
        ground.dispatcher.call('dynamodbstreams', operation, input, { type: 'role', arn: declared.role }),
      complain(what, error) {
        const line = `lambda ${declared.name}: ${eventSourceArn} ${what}: ${messageOf(error)}`;
        if (!reported.has(line)) ground.report(line);
        reported.add(line);
      },
    };
  }

  start(): void {
    const { ground, mapping } = this.#reading;
    this.#unsubscribe = ground.signals.on(mapping.eventSourceArn, () => {
      for (const shard of this.#shards.values()) shard.wake();
    });
    this.#open();
  }

  stop(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#retry?.cancel();
    for (const shard of this.#shards.values()) shard.stop();
  }

  #open(): void {
    if (this.#unsubscribe === undefined) return;
    this.#reading.ground.activity.begin(async () => {
      try {
        await this.#openShards();
        this.#backoff.reset();
      } catch (error) {
        this.#reading.complain('cannot be read', error);
        this.#retry = this.#reading.ground.clock.after(this.#backoff.next(), () => this.#open());
      }
    });
  }

  async #openShards(): Promise<void> {
    const { checkpoints, mapping, ground } = this.#reading;
    const shards = await this.#describe();
    if (this.#unsubscribe === undefined) return;
    const isNew = !checkpoints.known(mapping.uuid);
    const ended = (id: string) => checkpoints.get(mapping.uuid, id)?.ended === true;
    for (const { ShardId, ParentShardId } of shards) {
      const waits = shards.some((other) => other.ShardId === ParentShardId && !ended(other.ShardId));
      if (this.#shards.has(ShardId) || ended(ShardId) || waits) continue;
      checkpoints.open(mapping.uuid, ShardId, ground.clock.now());
      const reader = new ShardReader(
        this.#reading,
        ShardId,
        { onlyLatest: isNew && mapping.startingPosition === 'LATEST' },
        () => {
          this.#shards.delete(ShardId);
          this.#open();
        },
      );
      this.#shards.set(ShardId, reader);
      reader.wake();
    }
  }

  async #describe(): Promise<readonly { readonly ShardId: string; readonly ParentShardId?: string | undefined }[]> {
    const { call, mapping } = this.#reading;
    const shards = [];
    let from: string | undefined;
    do {
      const answer = await call('DescribeStream', { StreamArn: mapping.eventSourceArn, ExclusiveStartShardId: from });
      const { StreamDescription } = describedStream.parse(answer);
      shards.push(...StreamDescription.Shards);
      from = StreamDescription.LastEvaluatedShardId;
    } while (from !== undefined);
    return shards;
  }
}
