/** `npm run bench`: measures the running system on this machine, one scenario after the other. */
import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { HELP, Misuse, readCommandLine, type Wishes } from './command-line.ts';
import { type Figure, figureTable, isReached } from './figure.ts';
import { scenarios } from './scenarios.ts';

const stop = new AbortController();

async function main(): Promise<void> {
  const wishes = readCommandLine(process.argv.slice(2));
  if (wishes === 'help') return console.log(HELP);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  const { model = 'unknown' } = cpus()[0] ?? {};
  console.log(`${availableParallelism()} cores, ${model}, Node ${process.versions.node}\n`);
  if (process.platform !== 'linux') console.log('CPU time and resident memory are told on Linux only.');
  const figures: Figure[] = [];
  try {
    for (const name of wishes.scenarios) {
      await run(name, wishes, (found) => {
        figures.push(...found);
        show(found);
      });
    }
  } finally {
    if (wishes.json !== undefined) await writeFile(wishes.json, asJson(figures));
  }
  conclude(figures);
}

function run(
  name: Wishes['scenarios'][number],
  wishes: Wishes,
  found: (figures: readonly Figure[]) => void,
): Promise<void> {
  const scenario = scenarios[name];
  console.log(`${name}: ${scenario.about}`);
  return scenario.run({
    ...wishes,
    signal: stop.signal,
    progress: (text) => console.log(`  ${text} …`),
    print: (text) => console.log(text),
    found,
  });
}

function show(figures: readonly Figure[]): void {
  console.log('');
  for (const title of new Set(figures.map(({ scenario }) => scenario))) {
    console.log(`${title}\n${figureTable(figures.filter(({ scenario }) => scenario === title))}\n`);
  }
}

function asJson(figures: readonly Figure[]): string {
  return `${JSON.stringify(
    figures.map((figure) => ({ ...figure, reached: isReached(figure) })),
    undefined,
    2,
  )}\n`;
}

function conclude(figures: readonly Figure[]): void {
  const missed = figures.filter((figure) => isReached(figure) === false);
  const names = missed.map(({ scenario, name }) => `${scenario}: ${name}`);
  console.log(`${missed.length === 0 ? 'Every target is reached.' : `Not reached: ${names.join('; ')}.`}`);
}

main().catch((error: unknown) => {
  // What was under way breaks when the system is stopped in the middle.
  if (stop.signal.aborted) console.log('Stopped.');
  else console.error(error instanceof Misuse ? error.message : error);
  process.exitCode = stop.signal.aborted ? 130 : 1;
});
