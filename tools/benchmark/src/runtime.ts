/** The runtime under measurement: processes of its own on free ports, with its data on disk. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { Complaints } from './complaints.ts';
import { Inspector } from './inspector.ts';
import { childrenOf } from './process-usage.ts';

export const workspaceRoot = join(import.meta.dirname, '../../..');

const readyMessage = z.object({ type: z.literal('ready'), apiUrl: z.url(), awsUrl: z.url() });
type Urls = z.infer<typeof readyMessage>;
const inspectorMessage = z.object({ type: z.literal('inspector'), inspector: z.string(), pid: z.int() });

/** A process of the runtime. */
export interface RuntimeProcess {
  readonly name: 'main' | 'Lambda host';
  readonly pid: number;
}

/** One run of local-cloud over the synthesized apps. */
export class Runtime {
  readonly apiUrl: string;
  readonly awsUrl: string;
  readonly #child: ChildProcess;
  readonly #inspectors: ReadonlyMap<number, string>;

  private constructor(urls: Urls, child: ChildProcess, inspectors: ReadonlyMap<number, string>) {
    this.apiUrl = urls.apiUrl;
    this.awsUrl = urls.awsUrl;
    this.#child = child;
    this.#inspectors = inspectors;
  }

  /**
   * Starts it, with an inspector in each of its processes where that is asked for.
   * @throws Error with its output where it ends before it serves
   */
  static async start(dataDirectory: string, { inspected }: { readonly inspected: boolean }): Promise<Runtime> {
    const preload = pathToFileURL(join(import.meta.dirname, 'inspected.ts')).href;
    const child = fork(
      join(workspaceRoot, 'tools/local-cloud/src/main.ts'),
      ['--apps', join(workspaceRoot, 'apps'), '--data', dataDirectory, '--api-port', '0', '--aws-port', '0'],
      {
        cwd: workspaceRoot,
        execArgv: inspected ? ['--import', preload] : [],
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      },
    );
    const inspectors = new Map<number, string>();
    child.on('message', (message) => {
      const { success, data } = inspectorMessage.safeParse(message);
      if (success) inspectors.set(data.pid, data.inspector);
    });
    return new Runtime(await readinessOf(child), child, inspectors);
  }

  /** The runtime's processes as they are now; only Linux tells of others than the first. */
  get processes(): readonly RuntimeProcess[] {
    const { pid = 0 } = this.#child;
    return [{ name: 'main', pid }, ...childrenOf(pid).map((child) => ({ name: 'Lambda host' as const, pid: child }))];
  }

  /** Lets `use` inspect all processes; an inspector that stayed connected would keep its process from ending. */
  async inspect<T>(use: (inspectors: readonly Inspector[]) => Promise<T>): Promise<T> {
    const main = this.#child.pid;
    const urls = [...this.#inspectors];
    const connected = urls.map(([pid, url]) => Inspector.connect(url, pid === main ? 'main' : 'Lambda host'));
    try {
      return await use(await Promise.all(connected));
    } finally {
      for (const inspector of connected) void inspector.then((one) => one.close()).catch(() => undefined);
    }
  }

  /** Ends it as Ctrl-C does. */
  stop(): Promise<void> {
    return endOf(this.#child);
  }
}

/** Its output is kept until it serves; from then on it is a line for the person at the terminal. */
async function readinessOf(child: ChildProcess): Promise<Urls> {
  let output = '';
  const keep = (chunk: unknown) => void (output += String(chunk));
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', keep);
  const ready = new Promise<Urls>((resolve) => {
    child.on('message', (message) => {
      const { success, data } = readyMessage.safeParse(message);
      if (success) resolve(data);
    });
  });
  const died = once(child, 'close').then(() => Promise.reject<never>(new Error(`local-cloud ended:\n${output}`)));
  const urls = await Promise.race([ready, died]);
  const complaints = new Complaints((line) => process.stderr.write(`${line}\n`));
  for (const stream of [child.stdout, child.stderr])
    stream?.off('data', keep).on('data', (chunk) => complaints.take(String(chunk)));
  child.once('close', () => complaints.end());
  died.catch(() => undefined);
  return urls;
}

async function endOf(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGINT');
  const impatience = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(impatience);
}
