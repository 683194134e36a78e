/**
 * Transactions in flight, and the items that they hold: what makes requests conflict as on AWS.
 *
 * SQLite makes one change after the other, and a transaction is worked out and committed in one go: by itself none would
 * ever meet another. On AWS a transaction lasts from its arrival until its answer, and what touches one of its items in
 * between is refused (Developer Guide, "Transaction conflict handling in DynamoDB"). Here likewise: a transaction holds
 * its items from when it is taken up until just before its answer goes out, and the answer waits until whatever had
 * arrived by the time the transaction was done has been taken up too, which the event loop tells. So
 *
 * - two transactions on one item conflict if the second had been sent when the first was worked out: of clients that
 *   send at the same time, one meets the other. The span is a turn of the event loop, far less than on AWS;
 * - a client that awaits each answer never meets itself: what a transaction held is free before its answer is written;
 * - where a span is set, a transaction holds its items for so many milliseconds, as one on AWS does for some;
 * - a cancelled transaction holds what it had been granted, as on AWS, not what it was refused;
 * - TransactGetItems meets transactions that write, but holds nothing; neither does a single write, which has no span.
 */
import { AwsError } from '../aws-error.ts';
import type { Item } from './attribute-value.ts';
import { pick, type Table } from './table-definition.ts';

/** What is taken up in one turn of the event loop, and is over with the next. */
interface Turn {
  readonly items: string[];
  readonly tokens: string[];
  readonly over: Promise<void>;
}

/** What a request is refused with whose item a transaction holds (API reference, PutItem, TransactionConflictException). */
export function conflict(): AwsError {
  return new AwsError('TransactionConflictException', 'Transaction is ongoing for the item');
}

/** An item in words: the same for every request that names it. */
export function identityOf(table: Table, subject: Item): string {
  return `${table.id}/${JSON.stringify(pick(subject, table.keyNames))}`;
}

/** The items and the client request tokens of the transactions that are in flight. */
export class TransactionsInFlight {
  readonly #span: number;
  readonly #items = new Set<string>();
  readonly #tokens = new Set<string>();
  #turn: Turn | undefined;

  /** @param span how long a transaction lasts, in milliseconds; a turn of the event loop unless told */
  constructor(span = 0) {
    this.#span = span;
  }

  /** Holds items, and the token if there is one; resolves when they are free and the answer may go out. */
  hold(items: readonly string[], token: string | undefined): Promise<void> {
    const turn = this.#span > 0 ? this.#begin() : (this.#turn ??= this.#begin());
    for (const item of items) {
      this.#items.add(item);
      turn.items.push(item);
    }
    if (token !== undefined) {
      this.#tokens.add(token);
      turn.tokens.push(token);
    }
    return turn.over;
  }

  /** Whether a transaction holds the item of a request. */
  holds(table: Table, subject: Item): boolean {
    // Nearly always nothing is in flight, and then the item need not be put into words.
    return this.#items.size > 0 && this.#items.has(identityOf(table, subject));
  }

  /** As {@link TransactionsInFlight.holds}, for an item that is in words already. */
  holdsIdentity(identity: string): boolean {
    return this.#items.has(identity);
  }

  /**
   * Refuses the repeat of a request that is not answered yet.
   * @throws AwsError TransactionInProgressException (API reference, TransactWriteItems)
   */
  refuseUnanswered(token: string): void {
    if (!this.#tokens.has(token)) return;
    throw new AwsError(
      'TransactionInProgressException',
      'The transaction with the given request token is already in progress.',
    );
  }

  #begin(): Turn {
    const items: string[] = [];
    const tokens: string[] = [];
    const over = this.#isOver().then(() => {
      for (const item of items) this.#items.delete(item);
      for (const token of tokens) this.#tokens.delete(token);
    });
    return { items, tokens, over };
  }

  /**
   * A turn ends when every socket that was readable as it began has been read. Two turns on, what came in while the
   * first was at work has been read as well.
   */
  #isOver(): Promise<void> {
    const span = this.#span;
    return new Promise((resolve) => {
      if (span > 0) setTimeout(resolve, span);
      else
        setImmediate(() => {
          this.#turn = undefined;
          setImmediate(resolve);
        });
    });
  }
}
