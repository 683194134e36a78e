/** A mail that was sent, and where sent mails are kept. */
import * as z from 'zod';
import type { Database } from '../database.ts';

const mailSchema = z.object({
  messageId: z.string(),
  /** ISO 8601. */
  sentAt: z.string(),
  from: z.string(),
  to: z.array(z.string()),
  cc: z.array(z.string()),
  bcc: z.array(z.string()),
  replyTo: z.array(z.string()),
  subject: z.string(),
  text: z.string().optional(),
  html: z.string().optional(),
  configurationSet: z.string().optional(),
  tags: z.record(z.string(), z.string()),
});

/** A mail as its recipients would find it; addresses stand as the sender wrote them. */
export type Mail = z.infer<typeof mailSchema>;

/** The durable mailbox of everybody. */
export class MailStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
    database.define(
      `CREATE TABLE IF NOT EXISTS ses_mails (
         sequence INTEGER PRIMARY KEY AUTOINCREMENT,
         message_id TEXT NOT NULL UNIQUE,
         mail TEXT NOT NULL
       ) STRICT`,
    );
  }

  add(mail: Mail): void {
    this.#database
      .prepare('INSERT INTO ses_mails (message_id, mail) VALUES (?, ?)')
      .run(mail.messageId, JSON.stringify(mail));
  }

  /** Newest first; `limit` of them, or all. */
  list(limit = -1): Mail[] {
    const rows = this.#database.prepare('SELECT mail FROM ses_mails ORDER BY sequence DESC LIMIT ?').all(limit);
    return rows.map(({ mail }) => mailSchema.parse(JSON.parse(String(mail))));
  }

  count(): number {
    return Number(this.#database.prepare('SELECT count(*) AS mails FROM ses_mails').get()?.['mails']);
  }
}
