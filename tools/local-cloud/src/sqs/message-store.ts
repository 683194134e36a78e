/** The messages of all queues in SQLite: the only file that knows their table. */
import type { StatementSync } from 'node:sqlite';
import * as z from 'zod';
import type { Database } from '../database.ts';

/** A message as it is stored; times are milliseconds since the epoch. */
export interface StoredMessage {
  readonly id: number;
  readonly message_id: string;
  readonly body: string;
  readonly attributes: string | null;
  readonly attributes_md5: string | null;
  readonly sender_id: string;
  readonly group_id: string | null;
  readonly trace_header: string | null;
  readonly source_arn: string | null;
  readonly sent_at: number;
  readonly first_received_at: number | null;
  /** How often it was received in all, the queues that it was moved from included. */
  readonly received: number;
  /** How often it was received from the queue that it is in now. */
  readonly received_here: number;
}

/** What a sender makes of a message. */
export type NewMessage = Pick<
  StoredMessage,
  'message_id' | 'body' | 'attributes' | 'attributes_md5' | 'sender_id' | 'group_id' | 'trace_header' | 'sent_at'
>;

/** What identifies one receipt of one message. */
export interface Receipt {
  readonly queue: string;
  readonly id: number;
  readonly messageId: string;
  readonly received: number;
  /** When it was, in milliseconds since the epoch. */
  readonly at: number;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS sqs_messages (
    id INTEGER PRIMARY KEY, queue TEXT NOT NULL, message_id TEXT NOT NULL, body TEXT NOT NULL,
    attributes TEXT, attributes_md5 TEXT, sender_id TEXT NOT NULL, group_id TEXT, trace_header TEXT, source_arn TEXT,
    sent_at INTEGER NOT NULL, visible_at INTEGER NOT NULL, first_received_at INTEGER,
    received INTEGER NOT NULL DEFAULT 0, received_here INTEGER NOT NULL DEFAULT 0
  );
  CREATE INDEX IF NOT EXISTS sqs_messages_by_visibility ON sqs_messages (queue, visible_at);
`;

const storedMessage = z.object({
  id: z.number(),
  message_id: z.string(),
  body: z.string(),
  attributes: z.string().nullable(),
  attributes_md5: z.string().nullable(),
  sender_id: z.string(),
  group_id: z.string().nullable(),
  trace_header: z.string().nullable(),
  source_arn: z.string().nullable(),
  sent_at: z.number(),
  first_received_at: z.number().nullable(),
  received: z.number(),
  received_here: z.number(),
});
const storedMessages = z.array(storedMessage);
const moment = z.object({ moment: z.number().nullable() });
const counts = z.object({ visible: z.number(), in_flight: z.number(), delayed: z.number() });

/** Reads and writes messages; who may see which, and when, is decided by the callers. */
export class MessageStore {
  readonly #database: Database;
  readonly #insert: StatementSync;
  readonly #visible: StatementSync;
  readonly #received: StatementSync;
  readonly #remove: StatementSync;
  readonly #acknowledge: StatementSync;
  readonly #nextVisible: StatementSync;

  constructor(database: Database) {
    database.define(SCHEMA);
    this.#database = database;
    this.#insert = database.prepare(
      `INSERT INTO sqs_messages (queue, message_id, body, attributes, attributes_md5, sender_id, group_id, trace_header, sent_at, visible_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#visible = database.prepare(
      'SELECT * FROM sqs_messages WHERE queue = ? AND visible_at <= ? ORDER BY visible_at, id LIMIT ?',
    );
    this.#received = database.prepare(
      `UPDATE sqs_messages SET received = received + 1, received_here = received_here + 1, visible_at = ?,
       first_received_at = coalesce(first_received_at, ?) WHERE id = ?`,
    );
    this.#remove = database.prepare('DELETE FROM sqs_messages WHERE id = ?');
    this.#acknowledge = database.prepare(
      'DELETE FROM sqs_messages WHERE id = ? AND queue = ? AND message_id = ? AND received = ? AND received_here > 0',
    );
    this.#nextVisible = database.prepare(
      'SELECT min(visible_at) AS moment FROM sqs_messages WHERE queue = ? AND visible_at > ?',
    );
  }

  /** Runs `work` all or not at all. */
  transaction<T>(work: () => T): T {
    return this.#database.transaction(work);
  }

  afterCommit(notify: () => void): void {
    this.#database.afterCommit(notify);
  }

  add(queue: string, message: NewMessage, visibleAt: number): void {
    const { message_id, body, attributes, attributes_md5, sender_id, group_id, trace_header, sent_at } = message;
    this.#insert.run(
      queue,
      message_id,
      body,
      attributes,
      attributes_md5,
      sender_id,
      group_id,
      trace_header,
      sent_at,
      visibleAt,
    );
  }

  /** The messages that may be received, the longest available first. */
  visible(queue: string, now: number, limit: number): StoredMessage[] {
    return storedMessages.parse(this.#visible.all(queue, now, limit));
  }

  isAnyVisible(queue: string, now: number): boolean {
    const statement = this.#database.prepare('SELECT 1 FROM sqs_messages WHERE queue = ? AND visible_at <= ? LIMIT 1');
    return statement.get(queue, now) !== undefined;
  }

  markReceived(id: number, now: number, visibleAt: number): void {
    this.#received.run(visibleAt, now, id);
  }

  /** Puts a message into its dead-letter queue; its time of sending and its count of receipts stay. */
  moveToDeadLetters(id: number, queue: string, sourceArn: string, now: number): void {
    this.#database
      .prepare('UPDATE sqs_messages SET queue = ?, source_arn = ?, visible_at = ?, received_here = 0 WHERE id = ?')
      .run(queue, sourceArn, now, id);
  }

  /** Puts a message back as a new one, with an identifier and a time of sending of its own. */
  redrive(id: number, queue: string, messageId: string, now: number): void {
    this.#database
      .prepare(
        `UPDATE sqs_messages SET queue = ?, message_id = ?, sent_at = ?, visible_at = ?, source_arn = NULL,
         first_received_at = NULL, received = 0, received_here = 0 WHERE id = ?`,
      )
      .run(queue, messageId, now, now, id);
  }

  remove(id: number): void {
    this.#remove.run(id);
  }

  /** Deletes the message of the latest receipt; an older receipt deletes nothing. */
  acknowledge(receipt: Receipt): void {
    this.#acknowledge.run(receipt.id, receipt.queue, receipt.messageId, receipt.received);
  }

  /** Moves the end of the visibility timeout of the message of the latest receipt; false where there is none. */
  changeVisibility(receipt: Receipt, visibleAt: number): boolean {
    const { changes } = this.#database
      .prepare(
        `UPDATE sqs_messages SET visible_at = ? WHERE id = ? AND queue = ? AND message_id = ? AND received = ?
         AND received_here > 0`,
      )
      .run(visibleAt, receipt.id, receipt.queue, receipt.messageId, receipt.received);
    return changes > 0;
  }

  /** When the next message of the queue becomes visible. */
  nextVisibleAfter(queue: string, now: number): number | undefined {
    return moment.parse(this.#nextVisible.get(queue, now)).moment ?? undefined;
  }

  /** Deletes what was sent before a moment: its retention period is over. */
  expire(queue: string, sentBefore: number): void {
    this.#database.prepare('DELETE FROM sqs_messages WHERE queue = ? AND sent_at <= ?').run(queue, sentBefore);
  }

  purge(queue: string): void {
    this.#database.prepare('DELETE FROM sqs_messages WHERE queue = ?').run(queue);
  }

  /** How many messages are there to receive, in flight, and delayed. */
  count(queue: string, now: number): z.infer<typeof counts> {
    const statement = this.#database.prepare(
      `SELECT count(*) FILTER (WHERE visible_at <= :now) AS visible,
         count(*) FILTER (WHERE visible_at > :now AND received_here > 0) AS in_flight,
         count(*) FILTER (WHERE visible_at > :now AND received_here = 0) AS delayed
       FROM sqs_messages WHERE queue = :queue`,
    );
    return counts.parse(statement.get({ ':now': now, ':queue': queue }));
  }
}
