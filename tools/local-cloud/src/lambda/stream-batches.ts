/** Invokes a function with the records of a shard, in order, until each is done with: succeeded, discarded or filtered out. */
import { randomUUID } from 'node:crypto';
import type { Timer } from '../clock.ts';
import { Backoff } from './backoff.ts';
import { failedItems } from './batch-response.ts';
import type { Outcome } from './invoker.ts';
import type { StreamReading } from './stream-reading.ts';
import type { StreamRecord } from './stream-records.ts';

/** An event is 6 MB at most. */
const LARGEST_EVENT = 6_291_456 - 1024;

interface Batch {
  readonly records: readonly StreamRecord[];
  /** How many of its retries are used up. */
  readonly retries: number;
  /** What came of it the last time. */
  readonly failure?: Failure | undefined;
}

/** A failed invocation; where the function itself only reported failed records, there is no function error. */
interface Failure {
  readonly requestId: string;
  readonly functionError: 'Unhandled' | null;
  /** How often there was one with these records, others beside them included. */
  readonly invocations: number;
}

/** Works off the records of one shard (https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html). */
export class StreamBatches {
  readonly #reading: StreamReading;
  readonly #shard: string;
  readonly #backoff = new Backoff(250, 60_000);
  #pause: { readonly timer: Timer; readonly goOn: () => void } | undefined;
  #stopped = false;

  constructor(reading: StreamReading, shard: string) {
    this.#reading = reading;
    this.#shard = shard;
  }

  stop(): void {
    this.#stopped = true;
    this.#pause?.timer.cancel();
    this.#pause?.goOn();
  }

  /** Resolves when the checkpoint stands behind the last record, or the reader was stopped. */
  async workOff(records: readonly (StreamRecord & { readonly skipped: boolean })[]): Promise<void> {
    const wanted = records.filter((record) => !record.skipped);
    const batches: Batch[] = bySize(wanted).map((batch) => ({ records: batch, retries: 0 }));
    for (let batch = batches.shift(); batch !== undefined && !this.#stopped; batch = batches.shift()) {
      batches.unshift(...(await this.#attempt(batch)));
    }
    const last = records.at(-1);
    if (last !== undefined && !this.#stopped) this.#checkpoint(last);
  }

  /** What remains to be done of a batch after one attempt. */
  async #attempt(batch: Batch): Promise<readonly Batch[]> {
    const fresh = await this.#discardExpired(batch);
    const [first] = fresh;
    if (first === undefined) return [];
    const requestId = randomUUID();
    const outcome = await this.#tryInvoke(fresh, requestId);
    if (this.#stopped) return [];
    if (outcome === undefined) {
      await this.#wait();
      return [{ ...batch, records: fresh }];
    }
    const failedFrom = this.#firstFailure(fresh, outcome);
    if (failedFrom > 0) this.#checkpoint(fresh[failedFrom - 1] ?? first);
    const rest = fresh.slice(failedFrom);
    if (rest.length > 0) {
      const functionError = outcome.error === undefined ? null : 'Unhandled';
      const failure: Failure = { requestId, functionError, invocations: (batch.failure?.invocations ?? 0) + 1 };
      return this.#afterFailure({ records: rest, retries: batch.retries, failure }, failedFrom > 0);
    }
    this.#backoff.reset();
    return [];
  }

  /** Splitting a batch does not count as one of its retries. */
  async #afterFailure(batch: Batch, isRest: boolean): Promise<readonly Batch[]> {
    const { records, retries, failure } = batch;
    const { mapping } = this.#reading;
    if (mapping.bisects && !isRest && records.length > 1) {
      const middle = Math.ceil(records.length / 2);
      return [records.slice(0, middle), records.slice(middle)].map((half) => ({ records: half, retries, failure }));
    }
    if (mapping.retries !== -1 && retries >= mapping.retries) {
      await this.#discard(batch, 'RetryAttemptsExhausted');
      return [];
    }
    await this.#wait();
    return [{ records, retries: retries + 1, failure }];
  }

  /** Undefined where Lambda itself could not run the function, which does not count as a retry. */
  async #tryInvoke(records: readonly StreamRecord[], requestId: string): Promise<Outcome | undefined> {
    const payload = `{"Records":[${records.map((record) => record.json).join(',')}]}`;
    try {
      return await this.#reading.invoker.invoke(this.#reading.mapping.declared, { requestId, payload });
    } catch (error) {
      if (!this.#stopped) this.#reading.complain('could not be worked off', error);
      return undefined;
    }
  }

  /** The index of the first record to retry: of several reported, the one with the lowest sequence number. */
  #firstFailure(records: readonly StreamRecord[], outcome: Outcome): number {
    if (outcome.error !== undefined) return 0;
    if (!this.#reading.mapping.reportsFailures) return records.length;
    const failed = failedItems(outcome.payload, new Set(records.map((record) => record.sequence)));
    if (failed === undefined) return 0;
    const index = records.findIndex((record) => failed.has(record.sequence));
    return index === -1 ? records.length : index;
  }

  async #discardExpired(batch: Batch): Promise<readonly StreamRecord[]> {
    const { records } = batch;
    const oldest = this.#reading.ground.clock.now() - this.#reading.mapping.maximumAge;
    const firstFresh = records.findIndex((record) => record.created >= oldest);
    const expired = firstFresh === -1 ? records.length : firstFresh;
    if (expired > 0) await this.#discard({ ...batch, records: records.slice(0, expired) }, 'RecordAgeExceeded');
    return records.slice(expired);
  }

  /** https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html: the records themselves are not sent. */
  async #discard({ records, failure }: Batch, condition: string): Promise<void> {
    const { mapping, ground, destinations } = this.#reading;
    const [first] = records;
    const last = records.at(-1);
    if (first === undefined || last === undefined) return;
    ground.report(
      `lambda ${mapping.declared.name}: ${records.length} record(s) of ${mapping.eventSourceArn} are discarded: ${condition}`,
    );
    const record = {
      requestContext: {
        requestId: failure?.requestId ?? randomUUID(),
        functionArn: mapping.declared.arn,
        condition,
        approximateInvokeCount: failure?.invocations ?? 0,
      },
      responseContext: failure && {
        statusCode: 200,
        executedVersion: '$LATEST',
        functionError: failure.functionError,
      },
      version: '1.0',
      timestamp: new Date(ground.clock.now()).toISOString(),
      DDBStreamBatchInfo: {
        shardId: this.#shard,
        startSequenceNumber: first.sequence,
        endSequenceNumber: last.sequence,
        approximateArrivalOfFirstRecord: inSeconds(first.created),
        approximateArrivalOfLastRecord: inSeconds(last.created),
        batchSize: records.length,
        streamArn: mapping.eventSourceArn,
      },
    };
    const queue = mapping.onFailure;
    if (queue !== undefined) await ground.activity.track(() => destinations.send(mapping.declared, queue, record));
    if (!this.#stopped) this.#checkpoint(last);
  }

  #checkpoint(record: StreamRecord): void {
    this.#reading.checkpoints.advance(this.#reading.mapping.uuid, this.#shard, record.sequence);
  }

  /** A wait for the clock is no activity: the invocations around it are. */
  async #wait(): Promise<void> {
    await new Promise<void>((goOn) => {
      this.#pause = { goOn, timer: this.#reading.ground.clock.after(this.#backoff.next(), goOn) };
    });
    this.#pause = undefined;
  }
}

function inSeconds(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}

function bySize(records: readonly StreamRecord[]): readonly (readonly StreamRecord[])[] {
  const batches: StreamRecord[][] = [];
  let room = 0;
  for (const record of records) {
    const size = Buffer.byteLength(record.json) + 1;
    if (size > room) {
      batches.push([]);
      room = LARGEST_EVENT;
    }
    room -= size;
    batches.at(-1)?.push(record);
  }
  return batches;
}
