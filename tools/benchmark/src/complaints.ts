/** What the runtime says of failures while it is measured: each once, and how often, so that thousands do not hide the rest. */

/** Lines of an output that may come in pieces. */
export class Complaints {
  readonly #print: (line: string) => void;
  readonly #counts = new Map<string, number>();
  #rest = '';

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** Prints what was not said before. */
  take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('local-cloud: ')) this.#count(line);
  }

  /** Prints how often each was said. */
  end(): void {
    for (const [kind, count] of this.#counts) if (count > 1) this.#print(`${kind} (${count} times)`);
    this.#counts.clear();
  }

  #count(line: string): void {
    const kind = line.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…');
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    if (count === 1) this.#print(line);
  }
}
