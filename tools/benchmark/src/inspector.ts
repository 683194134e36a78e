/** A client of V8's inspector protocol: one session for a process, one more for each of its worker threads. */
import * as z from 'zod';

const incoming = z.looseObject({
  id: z.int().optional(),
  result: z.unknown().optional(),
  error: z.object({ message: z.string() }).optional(),
  method: z.string().optional(),
  params: z.unknown().optional(),
});
const attached = z.object({ sessionId: z.string(), workerInfo: z.object({ title: z.string() }) });
const detached = z.object({ sessionId: z.string() });
const received = z.object({ sessionId: z.string(), message: z.string() });
const evaluated = z.object({ result: z.object({ value: z.unknown().optional() }) });

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** One thread under inspection. */
export class InspectedThread {
  readonly name: string;
  readonly #send: (text: string) => void;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;

  constructor(name: string, send: (text: string) => void) {
    this.name = name;
    this.#send = send;
  }

  /**
   * Calls a method of the protocol (https://chromedevtools.github.io/devtools-protocol/v8/).
   * @throws Error where the thread refuses it or ends meanwhile
   */
  call(method: string, params: object = {}): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#send(JSON.stringify({ id, method, params }));
    });
  }

  /** The value of an expression in that thread. */
  async evaluate(expression: string): Promise<unknown> {
    const answer = await this.call('Runtime.evaluate', { expression, returnByValue: true });
    return evaluated.parse(answer).result.value;
  }

  /** Takes an answer in. */
  answer(id: number, result: unknown, error?: string): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (error === undefined) pending?.resolve(result);
    else pending?.reject(new Error(error));
  }

  /** The thread is gone. */
  lost(): void {
    for (const { reject } of this.#pending.values()) reject(new Error(`${this.name} has ended`));
    this.#pending.clear();
  }
}

/** A process under inspection, with all of its threads. */
export class Inspector {
  readonly #socket: WebSocket;
  readonly #main: InspectedThread;
  readonly #workers = new Map<string, InspectedThread>();

  private constructor(socket: WebSocket, name: string) {
    this.#socket = socket;
    this.#main = new InspectedThread(name, (text) => socket.send(text));
    socket.addEventListener('message', ({ data }) => this.#onMessage(String(data)));
    socket.addEventListener('close', () => this.#onClose());
  }

  /** Connects to the inspector at a URL, and to every worker thread that there is or will be. */
  static async connect(url: string, name: string): Promise<Inspector> {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', () => reject(new Error(`no inspector answers at ${url}`)));
    });
    const inspector = new Inspector(socket, name);
    await inspector.#main.call('NodeWorker.enable', { waitForDebuggerOnStart: false });
    return inspector;
  }

  /** The threads that live now, the process's main thread first. */
  get threads(): readonly InspectedThread[] {
    return [this.#main, ...this.#workers.values()];
  }

  close(): void {
    this.#socket.close();
  }

  #onMessage(text: string): void {
    const message = incoming.parse(JSON.parse(text));
    if (message.id !== undefined) this.#main.answer(message.id, message.result, message.error?.message);
    else this.#onEvent(message.method ?? '', message.params);
  }

  #onEvent(method: string, params: unknown): void {
    if (method === 'NodeWorker.attachedToWorker') {
      const { sessionId, workerInfo } = attached.parse(params);
      const send = (message: string) =>
        void this.#main.call('NodeWorker.sendMessageToWorker', { sessionId, message }).catch(() => undefined);
      this.#workers.set(sessionId, new InspectedThread(workerInfo.title, send));
    } else if (method === 'NodeWorker.detachedFromWorker') {
      const { sessionId } = detached.parse(params);
      this.#workers.get(sessionId)?.lost();
      this.#workers.delete(sessionId);
    } else if (method === 'NodeWorker.receivedMessageFromWorker') {
      const { sessionId, message } = received.parse(params);
      const { id, result, error } = incoming.parse(JSON.parse(message));
      if (id !== undefined) this.#workers.get(sessionId)?.answer(id, result, error?.message);
    }
  }

  #onClose(): void {
    for (const thread of this.threads) thread.lost();
    this.#workers.clear();
  }
}
