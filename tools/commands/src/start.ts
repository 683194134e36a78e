/** `npm start`: builds what changed, runs the whole system on this machine, fills the catalogue, says where it is. */
import { spawn, type ChildProcess } from 'node:child_process';
import * as z from 'zod';
import { buildAll } from './build.ts';
import { localCloud } from './cloud.ts';
import { CommandError, main, readCommandLine } from './command-line.ts';
import { seedCatalogue } from './functions.ts';
import { workspaceRoot } from './nx.ts';
import { whenParentIsGone } from './parent.ts';
import { checkThatPortsAreFree, readPorts } from './ports.ts';

const help = `Runs the whole system on this machine: no AWS account, no Docker.

  npm start [-- --ephemeral]

  --ephemeral          keeps nothing; otherwise the state lives on in LOCAL_CLOUD_DATA

  API_PORT             port of the HTTP API (3000)
  AWS_PORT             port of the AWS endpoint (4566)
  LOCAL_CLOUD_DATA     data directory (.local-cloud)`;

/** What the page about the HTTP API shows. */
const openapi = 'docs/openapi.json';

const readyMessage = z.object({ type: z.literal('ready'), apiUrl: z.string(), awsUrl: z.string() });
type Ready = z.infer<typeof readyMessage>;

/** When the command was given, before anything was installed (epoch milliseconds). */
const givenAt = Number(process.env['COMMAND_STARTED'] ?? Date.now());

/** How long local-cloud may take to put its state away before it is killed. */
const graceMilliseconds = 10_000;

await main(async () => {
  const { values } = readCommandLine({ help, options: { ephemeral: { type: 'boolean', default: false } } });
  const ports = readPorts(process.env);
  await checkThatPortsAreFree(ports);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  whenParentIsGone(() => stop.abort());

  await buildAll(stop.signal);
  if (stop.signal.aborted) return;
  await runCloud(values.ephemeral, stop.signal);
});

async function runCloud(ephemeral: boolean, signal: AbortSignal): Promise<void> {
  const options = ['--apps', 'apps', '--openapi', openapi, ...(ephemeral ? ['--ephemeral'] : [])];
  const args = ['tools/local-cloud/src/main.ts', ...options];
  const cloud = spawn(process.execPath, args, { cwd: workspaceRoot, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = endOf(cloud);
  const stop = () => end(cloud);
  signal.addEventListener('abort', stop);
  try {
    const ready = await Promise.race([readinessOf(cloud), ended]);
    if (ready !== undefined) {
      await seedCatalogue(localCloud(ready.awsUrl));
      greet(ready);
    }
    await ended;
  } finally {
    stop();
    await ended;
  }
  if (!signal.aborted) throw new CommandError('local-cloud has ended by itself: see its messages above.');
}

function readinessOf(cloud: ChildProcess): Promise<Ready> {
  return new Promise((resolve) => {
    cloud.on('message', (message) => {
      const { success, data } = readyMessage.safeParse(message);
      if (success) resolve(data);
    });
  });
}

function endOf(child: ChildProcess): Promise<undefined> {
  return new Promise((resolve) => {
    child.on('error', () => resolve(undefined));
    child.on('exit', () => resolve(undefined));
  });
}

function end(child: ChildProcess): void {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), graceMilliseconds).unref();
}

/** local-cloud has just printed its URLs; this is what to do with them. */
function greet({ apiUrl }: Ready): void {
  const api = `localhost:${new URL(apiUrl).port}`;
  const order = '{"customerId":"customer-123","items":[{"productId":"laptop","quantity":1,"price":1299.99}]}';
  console.log(`
Serving after ${Math.round((Date.now() - givenAt) / 1000)} s. Ctrl-C ends it.

Place an order:

curl -X POST ${api}/orders -H 'Content-Type: application/json' -d '${order}'

Then see what became of it: curl ${api}/orders/<orderId>

Read about the API, and try it in a browser: http://${api}/docs
`);
}
