/** The options of `npm run bench`. */
import { parseArgs } from 'node:util';
import type { ScenarioContext } from './scenario.ts';
import { isScenarioName, scenarioNames, scenarios, type ScenarioName } from './scenarios.ts';

const list = scenarioNames.map((name) => `  ${name.padEnd(18)}${scenarios[name].about}`).join('\n');

export const HELP = `Measures the running system on this machine. Without a scenario it runs all of them, which takes half an hour.

  npm run bench [-- <scenario>… <option>…]

${list}

  --seconds <n>     how long each measurement takes, where the scenario's own length is not wanted
  --warm-up <n>     seconds of load before that (dynamodb, sagas, latency)
  --rate <n>        orders a second: of the open loop of sagas (60), of latency (30)
  --loop <which>    open, closed or both (sagas; both)
  --in-flight <n>   sagas in flight in a closed loop (sagas, memory; 100)
  --orders <n>      orders that pass through (memory; 20,000) or are stored (volume; 100,000)
  --clients <n>     client processes (dynamodb; 2)
  --profile <dir>   writes V8 CPU profiles of all the runtime's threads there, and prints where the time goes
  --json <file>     writes the figures
  --help            shows this text

The system is started anew for each scenario, on free ports, with its data in a temporary directory. CPU time and
memory are read from /proc, and so are told on Linux only. The last line tells what is not as it should be.`;

/** What the person at the terminal can mend: printed without a stack. */
export class Misuse extends Error {
  override readonly name = 'Misuse';
}

/** What a command line asks for. */
export interface Wishes extends Omit<ScenarioContext, 'signal' | 'progress' | 'print' | 'found'> {
  readonly scenarios: readonly ScenarioName[];
  readonly json: string | undefined;
}

/**
 * Reads a command line.
 * @throws Misuse where it cannot be understood
 */
export function readCommandLine(args: string[]): Wishes | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  return {
    scenarios: positionals.length === 0 ? scenarioNames : positionals.map(scenarioOf),
    seconds: optional('--seconds', values.seconds),
    warmUp: optional('--warm-up', values['warm-up']),
    rate: optional('--rate', values.rate),
    orders: optional('--orders', values.orders),
    loop: loopOf(values.loop),
    inFlight: count('--in-flight', values['in-flight']),
    clients: count('--clients', values.clients),
    profile: values.profile,
    json: values.json,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        seconds: { type: 'string' },
        'warm-up': { type: 'string' },
        rate: { type: 'string' },
        orders: { type: 'string' },
        loop: { type: 'string', default: 'both' },
        'in-flight': { type: 'string', default: '100' },
        clients: { type: 'string', default: '2' },
        profile: { type: 'string' },
        json: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    // parseArgs throws a TypeError that names what it does not know.
    throw new Misuse(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`, { cause: error });
  }
}

function scenarioOf(name: string): ScenarioName {
  if (!isScenarioName(name)) throw new Misuse(`There is no scenario "${name}", but ${scenarioNames.join(', ')}.`);
  return name;
}

function loopOf(text: string): Wishes['loop'] {
  if (text !== 'open' && text !== 'closed' && text !== 'both') {
    throw new Misuse(`--loop takes open, closed or both, not "${text}".`);
  }
  return text;
}

function optional(option: string, text: string | undefined): number | undefined {
  return text === undefined ? undefined : count(option, text);
}

function count(option: string, text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new Misuse(`${option} takes a whole number from 1, not "${text}".`);
  return Number(text);
}
