/** In-process hints that something new may be found at an ARN, so that nobody has to poll. */
import { EventEmitter } from 'node:events';

/** A hint carries nothing: the listener looks at the durable state, which is the truth. */
export class Signals {
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  /** Says that there may be something new at `arn`. */
  notify(arn: string): void {
    this.#emitter.emit(arn);
  }

  /** Calls `listener` at every hint for `arn`, until the returned function is called. */
  on(arn: string, listener: () => void): () => void {
    this.#emitter.on(arn, listener);
    return () => this.#emitter.off(arn, listener);
  }
}
