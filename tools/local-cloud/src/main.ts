/** The command that runs the apps on this machine: reads its flags, starts the runtime, ends it cleanly. */
import { parseArgs } from 'node:util';
import { internalError, startCloud, type Cloud } from './cloud.ts';
import { messageOf } from './error-text.ts';

const HELP = `Runs every synthesized app on this machine.

  --apps <dir>       the apps, each with its cdk.out (default: apps)
  --data <dir>       where the state is kept (default: LOCAL_CLOUD_DATA, else .local-cloud)
  --ephemeral        keeps nothing
  --api-port <port>  the HTTP APIs (default: API_PORT, else 3000)
  --aws-port <port>  the AWS endpoint (default: AWS_PORT, else 4566)
  --openapi <file>   the OpenAPI document of the HTTP APIs, for a page about them at /docs
  --help             shows this text
`;

interface Settings {
  readonly apps: string;
  readonly dataDirectory: string;
  readonly apiPort: number;
  readonly awsPort: number;
  readonly openapi: string | undefined;
}

/** The settings that flags and environment give, or undefined where help is asked for. */
function readSettings(args: string[], env: NodeJS.ProcessEnv): Settings | undefined {
  const { values } = parseArgs({
    args,
    options: {
      apps: { type: 'string', default: 'apps' },
      data: { type: 'string', default: env.LOCAL_CLOUD_DATA ?? '.local-cloud' },
      ephemeral: { type: 'boolean', default: false },
      'api-port': { type: 'string', default: env.API_PORT ?? '3000' },
      'aws-port': { type: 'string', default: env.AWS_PORT ?? '4566' },
      openapi: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return undefined;
  return {
    apps: values.apps,
    dataDirectory: values.ephemeral ? ':memory:' : values.data,
    apiPort: portFrom(values['api-port'], 'API_PORT'),
    awsPort: portFrom(values['aws-port'], 'AWS_PORT'),
    openapi: values.openapi,
  };
}

function portFrom(text: string, variable: string): number {
  const port = Number(text);
  if (text.trim() === '' || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`${variable} must be a port number, not "${text}"`);
  }
  return port;
}

/** Stops once, whatever asks for it: a terminal's Ctrl-C reaches this process and its parent, which then asks again. */
function stopOnRequest(cloud: Cloud): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    cloud.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  if (process.connected) process.on('disconnect', stop);
}

/** A fault in one part's background work must not end the others; the durable state is whole either way. */
function surviveInternalErrors(): void {
  const tell = (error: unknown): void => print(`local-cloud: ${internalError(error)}`);
  process.on('unhandledRejection', tell);
  process.on('uncaughtException', tell);
  // Whoever read the output, or was its parent, has gone: there is nobody left to tell.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  process.on('error', () => undefined);
}

function fail(error: unknown): never {
  process.stderr.write(`local-cloud: ${messageOf(error)}\n`);
  process.exit(1);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<void> {
  const settings = readSettings(process.argv.slice(2), process.env);
  if (settings === undefined) {
    process.stdout.write(HELP);
    return;
  }
  surviveInternalErrors();
  const cloud = await startCloud({ ...settings, report: (line) => print(`local-cloud: ${line}`) });
  stopOnRequest(cloud);
  const kept = settings.dataDirectory === ':memory:' ? 'keeps nothing' : `keeps its state in ${settings.dataDirectory}`;
  print(`local-cloud runs ${cloud.stacks.map(({ name }) => name).join(', ')} and ${kept}`);
  print(`  HTTP APIs     ${cloud.apiUrl}`);
  if (cloud.docsUrl !== undefined) print(`  try them      ${cloud.docsUrl}`);
  print(`  AWS endpoint  ${cloud.awsUrl}   (aws --endpoint-url ${cloud.awsUrl} …, any credentials)`);
  print(`  mailbox       ${cloud.awsUrl}/_local-cloud/mailbox`);
  await cloud.warm();
  if (process.connected) process.send?.({ type: 'ready', apiUrl: cloud.apiUrl, awsUrl: cloud.awsUrl });
}

main().catch(fail);
