/** The records of table streams: one shard a stream, kept for 24 hours. */
import { REGION } from '../arn.ts';
import type { Clock, Timer } from '../clock.ts';
import type { Database } from '../database.ts';
import type { Signals } from '../signals.ts';
import { type Item, itemSize } from './attribute-value.ts';
import { parseItem } from './item-store.ts';
import {
  pick,
  type StreamDefinition,
  type Table,
  type TableDefinition,
  type TableStream,
  type ViewType,
} from './table-definition.ts';
import type { TableStore } from './table-store.ts';

/** How long a record can be read, in milliseconds (Developer Guide, "Change data capture for DynamoDB Streams"). */
export const RETENTION = 24 * 3_600_000;
/** How long an iterator can be used, in milliseconds (API reference, GetShardIterator). */
export const ITERATOR_LIFE = 15 * 60_000;
/** Rows outlive what can be read of them by an iterator's life, so that it is known what an iterator has missed. */
const KEPT = RETENTION + ITERATOR_LIFE;
/** Old records are removed once an hour at most; reads leave them out to the millisecond. */
const TRIM_EVERY = 3_600_000;
/** So many are removed at once, and the others a little later: a day's records would keep everybody waiting. */
const MOST_TRIMMED = 2_000;
const TRIM_PAUSE = 100;
/** Added to row numbers, so that sequence numbers have the 21 digits that AWS promises at least. */
const SEQUENCE_OFFSET = 100_000_000_000_000_000_000n;
const MOST_BYTES = 1024 * 1024;

/** A change of one item; `byService` where the table's time to live made it. */
export interface StreamedChange {
  readonly old: Item | undefined;
  readonly next: Item | undefined;
  readonly byService: boolean;
}

/** Record (API reference, Streams): binaries in base64, times in seconds. */
export interface StreamRecord {
  readonly eventID: string;
  readonly eventName: string;
  readonly eventVersion: '1.1';
  readonly eventSource: 'aws:dynamodb';
  readonly awsRegion: string;
  readonly dynamodb: {
    readonly ApproximateCreationDateTime: number;
    readonly Keys: Item;
    readonly NewImage?: Item;
    readonly OldImage?: Item;
    readonly SequenceNumber: string;
    readonly SizeBytes: number;
    readonly StreamViewType: string;
  };
  readonly userIdentity?: { readonly PrincipalId: string; readonly Type: string };
}

/** A sequence number as the API gives it. */
export function sequenceNumber(row: number): string {
  return String(SEQUENCE_OFFSET + BigInt(row));
}

/** The row that a sequence number stands for; undefined for one that no stream gave out. */
export function rowOf(sequence: string): number | undefined {
  if (!/^\d{21,40}$/.test(sequence)) return undefined;
  const row = Number(BigInt(sequence) - SEQUENCE_OFFSET);
  return Number.isSafeInteger(row) && row >= 0 ? row : undefined;
}

/** Appends and reads records; those older than 24 hours are gone. */
export class StreamLog {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #signals: Signals;
  #timer: Timer | undefined;
  #running = false;

  constructor(database: Database, clock: Clock, signals: Signals) {
    this.#database = database;
    this.#clock = clock;
    this.#signals = signals;
    database.define(`
      CREATE TABLE IF NOT EXISTS dynamodb_stream_records (
        sequence INTEGER PRIMARY KEY AUTOINCREMENT,
        table_id INTEGER NOT NULL,
        created_at INTEGER NOT NULL,
        event_name TEXT NOT NULL,
        keys TEXT NOT NULL,
        new_image TEXT,
        old_image TEXT,
        by_service INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX IF NOT EXISTS dynamodb_stream_records_table ON dynamodb_stream_records (table_id, sequence);
    `);
  }

  /** Sets the timer that trims what is stored. */
  start(): void {
    this.#running = true;
    this.#armTrim(0);
  }

  stop(): void {
    this.#running = false;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Records a change, within the transaction that makes it, and tells the listeners once it is committed. */
  append(table: Table, { old, next, byService }: StreamedChange): void {
    const { stream } = table;
    const subject = next ?? old;
    if (stream === undefined || subject === undefined) return;
    const withNew = stream.viewType === 'NEW_IMAGE' || stream.viewType === 'NEW_AND_OLD_IMAGES';
    const withOld = stream.viewType === 'OLD_IMAGE' || stream.viewType === 'NEW_AND_OLD_IMAGES';
    this.#database
      .prepare(
        `INSERT INTO dynamodb_stream_records (table_id, created_at, event_name, keys, new_image, old_image, by_service)
         VALUES (?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        table.id,
        this.#clock.now(),
        old === undefined ? 'INSERT' : next === undefined ? 'REMOVE' : 'MODIFY',
        JSON.stringify(pick(subject, table.keyNames)),
        withNew && next !== undefined ? JSON.stringify(next) : null,
        withOld && old !== undefined ? JSON.stringify(old) : null,
        byService ? 1 : 0,
      );
    this.#database.afterCommit(() => {
      if (this.#running && this.#timer === undefined) this.#armTrim(0);
      this.#signals.notify(stream.arn);
    });
  }

  /** Up to `limit` records after a row, one megabyte at most. */
  read({ id }: Table, stream: TableStream, after: number, limit: number): { records: StreamRecord[]; last: number } {
    const records: StreamRecord[] = [];
    let last = Math.max(after, stream.after);
    let bytes = 0;
    const rows = this.#database
      .prepare(
        'SELECT * FROM dynamodb_stream_records WHERE table_id = ? AND sequence > ? AND sequence <= ? AND created_at > ? ORDER BY sequence LIMIT ?',
      )
      .iterate(id, last, lastOf(stream), this.#horizon(), limit);
    for (const row of rows) {
      const record = recordOf(stream.viewType, row);
      bytes += record.dynamodb.SizeBytes;
      if (records.length > 0 && bytes > MOST_BYTES) break;
      records.push(record);
      last = Number(row.sequence);
    }
    return { records, last };
  }

  /** Whether a record after a row could be read at the time `then`, and is too old to be read now. */
  isTrimmed({ id }: Table, stream: TableStream, after: number, then: number): boolean {
    // The first such row is the oldest, so that no other need be looked at.
    const row = this.#database
      .prepare(
        'SELECT created_at FROM dynamodb_stream_records WHERE table_id = ? AND sequence > ? AND sequence <= ? AND created_at > ? ORDER BY sequence LIMIT 1',
      )
      .get(id, Math.max(after, stream.after), lastOf(stream), then - RETENTION);
    return typeof row?.created_at === 'number' && row.created_at <= this.#horizon();
  }

  /** The first row that can be read; undefined where there is none. */
  first({ id }: Table, stream: TableStream): number | undefined {
    const row = this.#database
      .prepare(
        'SELECT sequence FROM dynamodb_stream_records WHERE table_id = ? AND sequence > ? AND sequence <= ? AND created_at > ? ORDER BY sequence LIMIT 1',
      )
      .get(id, stream.after, lastOf(stream), this.#horizon());
    return typeof row?.sequence === 'number' ? row.sequence : undefined;
  }

  /** The streams of a table that can be described: disabled ones for as long as they have records. */
  streamsOf({ stream, formerStreams }: Table): TableStream[] {
    const former = formerStreams.filter(({ end }) => end !== undefined && end.at > this.#horizon());
    return stream === undefined ? former : [...former, stream];
  }

  /**
   * A table's definition with its stream disabled, and another one begun where `viewType` says so. What the old one
   * recorded stays readable for as long as it would have (Developer Guide, "Change data capture for DynamoDB Streams").
   */
  changed(tables: TableStore, { definition, stream }: Table, viewType: ViewType | undefined): StreamChange {
    const { stream: ended, formerStreams } = definition;
    const former = formerStreams.filter(({ endedAt }) => endedAt > this.#horizon());
    if (ended !== undefined) former.push({ ...ended, last: this.latest(), endedAt: this.#clock.now() });
    // Whoever reads the old one is to learn that there is an end.
    if (stream !== undefined) this.#database.afterCommit(() => this.#signals.notify(stream.arn));
    if (viewType === undefined) return { stream: undefined, formerStreams: former };
    return { stream: tables.newStream(viewType, this.latest(), former), formerStreams: former };
  }

  /** The highest row that any stream has given out, removed ones included. */
  latest(): number {
    const row = this.#database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'dynamodb_stream_records'").get();
    return Number(row?.seq ?? 0);
  }

  /** Removes a table's records, with the table. */
  clear(table: Table): void {
    this.#database.prepare('DELETE FROM dynamodb_stream_records WHERE table_id = ?').run(table.id);
  }

  #armTrim(earliest: number): void {
    const row = this.#database
      .prepare('SELECT created_at FROM dynamodb_stream_records ORDER BY sequence LIMIT 1')
      .get();
    if (typeof row?.created_at !== 'number') {
      this.#timer = undefined;
      return;
    }
    this.#timer = this.#clock.at(Math.max(row.created_at + KEPT, earliest), () => this.#trim());
  }

  #trim(): void {
    const now = this.#clock.now();
    const { changes } = this.#database
      .prepare(
        `DELETE FROM dynamodb_stream_records
         WHERE sequence IN (SELECT sequence FROM dynamodb_stream_records ORDER BY sequence LIMIT ?) AND created_at <= ?`,
      )
      .run(MOST_TRIMMED, now - KEPT);
    if (this.#running) this.#armTrim(now + (Number(changes) === MOST_TRIMMED ? TRIM_PAUSE : TRIM_EVERY));
  }

  #horizon(): number {
    return this.#clock.now() - RETENTION;
  }
}

/** What becomes of a table's streams. */
export interface StreamChange {
  readonly stream: StreamDefinition | undefined;
  readonly formerStreams: TableDefinition['formerStreams'];
}

function lastOf({ end }: TableStream): number {
  return end?.last ?? Number.MAX_SAFE_INTEGER;
}

function recordOf(viewType: ViewType, row: Readonly<Record<string, unknown>>): StreamRecord {
  const keys = parseItem(row.keys);
  const newImage = row.new_image === null ? undefined : parseItem(row.new_image);
  const oldImage = row.old_image === null ? undefined : parseItem(row.old_image);
  return {
    eventID: Number(row.sequence).toString(16).padStart(32, '0'),
    eventName: String(row.event_name),
    eventVersion: '1.1',
    eventSource: 'aws:dynamodb',
    awsRegion: REGION,
    dynamodb: {
      ApproximateCreationDateTime: Math.floor(Number(row.created_at) / 1000),
      Keys: keys,
      ...(newImage !== undefined && { NewImage: newImage }),
      ...(oldImage !== undefined && { OldImage: oldImage }),
      SequenceNumber: sequenceNumber(Number(row.sequence)),
      SizeBytes: itemSize(keys) + itemSize(newImage ?? {}) + itemSize(oldImage ?? {}),
      StreamViewType: viewType,
    },
    ...(row.by_service === 1 && { userIdentity: { PrincipalId: 'dynamodb.amazonaws.com', Type: 'Service' } }),
  };
}
