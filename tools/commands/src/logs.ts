/** `npm run logs`: what a service's functions wrote. */
import {
  CloudWatchLogsClient,
  paginateFilterLogEvents,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudwatch-logs';
import { setTimeout as sleep } from 'node:timers/promises';
import { cloudOf, reaching, type Cloud } from './cloud.ts';
import { CommandError, main, readCommandLine } from './command-line.ts';
import { listFunctions } from './functions.ts';
import { functionName } from './names.ts';

const help = `Prints the log lines of a service's functions, the oldest first.

  npm run logs -- <service> [function] [--since 15] [--tail] [--stage dev]

  --since   how many minutes to look back (default 15)
  --tail    goes on printing what comes, until Ctrl-C

  npm run logs -- order
  npm run logs -- order place-order --tail

Without --stage it is the local-cloud that npm start runs; with it, that stage on AWS.`;

interface Line {
  readonly id: string;
  readonly at: number;
  readonly text: string;
}

await main(async () => {
  const options = {
    since: { type: 'string', default: '15' },
    tail: { type: 'boolean', default: false },
    stage: { type: 'string' },
  } as const;
  const { values, positionals } = readCommandLine({ help, options, words: 2 });
  const [service, name] = positionals;
  if (service === undefined) throw new CommandError(help);
  const minutes = Number(values.since);
  if (!(minutes > 0)) throw new CommandError(`--since takes a number of minutes, not "${values.since}".`);

  const cloud = await cloudOf(values.stage);
  const known = await listFunctions(cloud, service);
  const functions = name === undefined ? known : [functionName(service, name, cloud.stage)];
  if (functions.length === 0) throw new CommandError(`There is no service "${service}" that has functions.`);
  if (!functions.every((each) => known.includes(each))) {
    throw new CommandError(`There is no function ${functions.join()}. ${service} has:\n  ${known.join('\n  ')}`);
  }
  await follow(cloud, functions, Date.now() - minutes * 60_000, values.tail);
});

async function follow(cloud: Cloud, functions: readonly string[], since: number, tail: boolean): Promise<void> {
  const client = new CloudWatchLogsClient(cloud.settings);
  const seen = new Set<string>();
  let from = since;
  do {
    const found = await Promise.all(functions.map((each) => linesOf(cloud, client, each, from)));
    const lines = found
      .flat()
      .filter(({ id }) => !seen.has(id))
      .sort((a, b) => a.at - b.at);
    for (const line of lines) {
      seen.add(line.id);
      console.log(line.text);
    }
    // Events may come in late by some seconds, so the next look overlaps this one.
    from = Math.max(from, (lines.at(-1)?.at ?? 0) - 10_000);
    if (tail) await sleep(1000);
  } while (tail);
}

async function linesOf(cloud: Cloud, client: CloudWatchLogsClient, name: string, startTime: number): Promise<Line[]> {
  const short = name.split('-').slice(3, -1).join('-');
  const lines: Line[] = [];
  try {
    await reaching(cloud, async () => {
      for await (const page of paginateFilterLogEvents(
        { client },
        { logGroupName: `/aws/lambda/${name}`, startTime },
      )) {
        for (const { eventId = '', timestamp = 0, message = '' } of page.events ?? []) {
          const time = new Date(timestamp).toISOString();
          lines.push({ id: `${name}/${eventId}`, at: timestamp, text: `${time} ${short}  ${message.trimEnd()}` });
        }
      }
    });
  } catch (error) {
    // A group comes into being with its stack; on the local machine, with the first line.
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
  return lines;
}
