/** Reads one shard of a stream, gathers its records, and goes on only when they are done with. */
import type { Timer } from '../clock.ts';
import { AwsError } from '../aws-error.ts';
import { Backoff } from './backoff.ts';
import { Pace } from './pace.ts';
import { StreamBatches } from './stream-batches.ts';
import type { StreamReading } from './stream-reading.ts';
import { lambdaRecord, type ReadRecords, readRecords, shardIterator, type StreamRecord } from './stream-records.ts';

/** GetRecords answers a thousand records a call. */
const PER_CALL = 1000;

/** One shard, one function, one batch at a time. */
export class ShardReader {
  readonly #reading: StreamReading;
  readonly #shard: string;
  readonly #onEnd: () => void;
  readonly #batches: StreamBatches;
  readonly #backoff = new Backoff(1_000, 60_000);
  readonly #pace: Pace;
  #onlyLatest: boolean;
  #iterator: string | undefined;
  /** The last record read, whether it is done with or not. */
  #position: string | undefined;
  #gathered: StreamRecord[] = [];
  #windowEnd: Timer | undefined;
  #windowOver = false;
  #retry: Timer | undefined;
  #working = false;
  #hinted = false;
  #atEnd = false;
  #stopped = false;

  constructor(reading: StreamReading, shard: string, options: { readonly onlyLatest: boolean }, onEnd: () => void) {
    this.#reading = reading;
    this.#shard = shard;
    this.#onEnd = onEnd;
    this.#onlyLatest = options.onlyLatest;
    this.#batches = new StreamBatches(reading, shard);
    this.#pace = new Pace(reading.rest);
    this.#position = reading.checkpoints.get(reading.mapping.uuid, shard)?.sequence ?? undefined;
  }

  /** Says that there may be more to read. */
  wake(): void {
    this.#hinted = true;
    if (this.#working || this.#stopped) return;
    this.#working = true;
    void this.#work();
  }

  stop(): void {
    this.#stopped = true;
    this.#windowEnd?.cancel();
    this.#retry?.cancel();
    this.#batches.stop();
  }

  async #work(): Promise<void> {
    try {
      while (this.#hinted && !this.#stopped) {
        await this.#reading.ground.activity.track(() => this.#readNext());
        await this.#pace.measure(() => this.#workOff());
      }
      this.#backoff.reset();
    } catch (error) {
      if (!this.#stopped) this.#tryAgain(error);
    } finally {
      this.#working = false;
    }
  }

  /** Begins again behind the checkpoint, some time later: what was read but not done with is read anew. */
  #tryAgain(error: unknown): void {
    const { mapping, checkpoints, complain, ground } = this.#reading;
    this.#iterator = undefined;
    this.#position = checkpoints.get(mapping.uuid, this.#shard)?.sequence ?? undefined;
    this.#gathered = [];
    complain('cannot be read', error);
    this.#retry = ground.clock.after(this.#backoff.next(), () => this.wake());
  }

  async #readNext(): Promise<void> {
    await this.#pace.turn();
    if (this.#stopped) return;
    this.#hinted = false;
    await this.#read();
  }

  async #read(): Promise<void> {
    const { batchSize, eventSourceArn } = this.#reading.mapping;
    const { Records, NextShardIterator } = await this.#getRecords(
      Math.min(PER_CALL, batchSize - this.#gathered.length),
    );
    this.#iterator = NextShardIterator ?? undefined;
    this.#atEnd = this.#iterator === undefined;
    const records = Records.map((record) => lambdaRecord(record, eventSourceArn));
    this.#position = records.at(-1)?.sequence ?? this.#position;
    this.#gathered.push(...records);
    if (records.length > 0) this.#hinted = true;
  }

  /** The next records; an iterator that expired while the stream was quiet is asked for anew, from where reading had come. */
  async #getRecords(Limit: number): Promise<ReadRecords> {
    const { call } = this.#reading;
    const read = async (ShardIterator: string) => readRecords.parse(await call('GetRecords', { ShardIterator, Limit }));
    if (this.#iterator === undefined) return read(await this.#openIterator());
    try {
      return await read(this.#iterator);
    } catch (error) {
      if (!isAwsError(error, 'ExpiredIteratorException')) throw error;
      return read(await this.#openIterator());
    }
  }

  /** What was read last may be older than what the stream still has: then nothing lies between that is not there. */
  async #openIterator(): Promise<string> {
    try {
      return await this.#iteratorAt(this.#position);
    } catch (error) {
      if (!isAwsError(error, 'TrimmedDataAccessException')) throw error;
      return this.#iteratorAt(undefined);
    }
  }

  /**
   * Where a mapping that starts at the latest record was stopped before its first checkpoint, what came since it
   * began is still to be read: everything is, and what is older is left out.
   */
  async #iteratorAt(sequence: string | undefined): Promise<string> {
    const { mapping, call } = this.#reading;
    const position =
      sequence === undefined
        ? { ShardIteratorType: this.#onlyLatest ? 'LATEST' : 'TRIM_HORIZON' }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: sequence };
    this.#onlyLatest = false;
    const answer = await call('GetShardIterator', {
      StreamArn: mapping.eventSourceArn,
      ShardId: this.#shard,
      ...position,
    });
    return shardIterator.parse(answer).ShardIterator;
  }

  async #workOff(): Promise<void> {
    const { mapping, checkpoints } = this.#reading;
    const full = this.#gathered.length >= mapping.batchSize;
    if (this.#gathered.length > 0 && !full && mapping.window > 0 && !this.#windowOver && !this.#atEnd)
      return this.#armWindow();
    this.#windowEnd?.cancel();
    this.#windowEnd = undefined;
    this.#windowOver = false;
    const records = this.#gathered;
    this.#gathered = [];
    if (records.length > 0) await this.#batches.workOff(this.#sinceStart(records));
    if (!this.#atEnd || this.#stopped) return;
    checkpoints.end(mapping.uuid, this.#shard);
    this.stop();
    this.#onEnd();
  }

  #armWindow(): void {
    this.#windowEnd ??= this.#reading.ground.clock.after(this.#reading.mapping.window, () => {
      this.#windowOver = true;
      this.wake();
    });
  }

  #sinceStart(records: readonly StreamRecord[]): readonly (StreamRecord & { readonly skipped: boolean })[] {
    const { mapping, checkpoints } = this.#reading;
    const checkpoint = checkpoints.get(mapping.uuid, this.#shard);
    const fromStart =
      mapping.startingPosition === 'TRIM_HORIZON' || checkpoint === undefined || checkpoint.sequence !== null;
    const since = fromStart ? 0 : Math.floor(checkpoint.since / 1000) * 1000;
    return records.map((record) => ({ ...record, skipped: record.created < since || !mapping.wanted(record.value) }));
  }
}

function isAwsError(error: unknown, code: string): boolean {
  return error instanceof AwsError && error.code === code;
}
