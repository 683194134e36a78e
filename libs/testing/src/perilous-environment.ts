/** An execution environment that is slow here and there, and may be killed in the middle of its work. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** How one invocation fares. */
export interface Fate {
  /** How many turns of the event loop go by before its calls, one after the other: time for others to act. */
  readonly pauses: readonly number[];
  /** Between which calls it is killed; it is not where there is none. */
  readonly killed?: { readonly when: 'before' | 'after'; readonly call: number } | undefined;
}

/** What a call of a killed invocation comes to. */
export class Killed extends Error {
  override readonly name = 'Killed';
}

/** One invocation, call by call. */
export class Life {
  readonly #fate: Fate;
  #calls = 0;
  #isOver = false;

  constructor(fate: Fate) {
    this.#fate = fate;
  }

  /** Whether it was killed, so that nobody has heard what it had to say. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * A call to somebody else.
   * @throws Killed instead of calling, or of hearing the answer
   */
  async call<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const { pauses, killed } = this.#fate;
    const number = ++this.#calls;
    await turns(pauses[number - 1] ?? 0);
    if (killed !== undefined && (killed.when === 'before' ? number >= killed.call : number > killed.call)) {
      this.#isOver = true;
    }
    this.#goOn();
    const answer = await work();
    if (killed?.when === 'after' && number === killed.call) this.#isOver = true;
    this.#goOn();
    return answer;
  }

  #goOn(): void {
    if (this.#isOver) throw new Killed('the function was killed');
  }
}

/** Has a client of its own, each of whose calls is one of the invocation that runs. */
export class Environment {
  readonly client: DynamoDBDocumentClient;
  #life = new Life({ pauses: [] });

  constructor(client: DynamoDBClient) {
    this.client = DynamoDBDocumentClient.from(client);
    this.client.middlewareStack.add((next) => (args) => this.call(() => next(args)), { step: 'initialize' });
  }

  /** The next invocation begins; the one before it has ended. */
  begin(fate: Fate): Life {
    this.#life = new Life(fate);
    return this.#life;
  }

  /** A call of the invocation that runs. */
  call<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    return this.#life.call(work);
  }
}

/** Lets so many turns of the event loop go by. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
}
