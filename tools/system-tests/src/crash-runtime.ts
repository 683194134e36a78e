/** A runtime that is killed again and again, and always comes back on the same data directory. */
import { setTimeout as realTime } from 'node:timers/promises';
import * as z from 'zod';
import type { Draw } from './crash-draw.ts';
import { RuntimeProcess, type Victims } from './runtime-process.ts';
import { System } from './system.ts';

/** What is killed: in one moment, or one after the other. */
export interface Crash {
  readonly name: string;
  readonly weight: number;
  readonly steps: readonly Victims[];
}

const crashes: readonly [Crash, ...Crash[]] = [
  { name: 'everything at once', weight: 4, steps: ['all'] },
  { name: 'the runtime', weight: 2, steps: ['runtime'] },
  { name: 'the functions, then the runtime', weight: 2, steps: ['functions', 'runtime'] },
  { name: 'the functions only', weight: 2, steps: ['functions'] },
];

/** The longest that the second victim lives on, and that a start lasts before it is killed; in milliseconds. */
const LONGEST_AGONY = 200;
const LONGEST_START = 1_500;
/** How often a start is killed as well, and the next one, and so on. */
const CRASHES_OF_STARTS = 0.2;

const ANY_PORTS: readonly string[] = ['0', '0'];

const clockSchema = z.object({ now: z.number() });

interface Running {
  readonly process: RuntimeProcess;
  readonly system: System;
}

export class CrashingRuntime {
  readonly #directory: string;
  readonly #draw: Draw;
  readonly #past: RuntimeProcess[] = [];
  /** When each crash was, on the machine's clock, until the system's is known again. */
  readonly #recent: number[] = [];
  readonly #kills: number[] = [];
  #running: Running | undefined;
  #ports = ANY_PORTS;

  constructor(directory: string, draw: Draw) {
    this.#directory = directory;
    this.#draw = draw;
  }

  /** When each crash was, in milliseconds since the epoch on the system's clock. */
  get kills(): readonly number[] {
    return this.#kills;
  }

  /** What every process said of errors inside itself. */
  get internalErrors(): string[] {
    const lines = this.#past.flatMap(({ output }) => output.split('\n'));
    return lines.filter((line) => line.includes('internal error'));
  }

  /** The system, started where it is dead; it serves, though not every function may be prepared yet. */
  async system(): Promise<System> {
    this.#running ??= await this.#start(this.#ports);
    const { system } = this.#running;
    await this.#dateCrashes(system);
    return system;
  }

  /** Something is killed, as drawn; returns what it was. Where the runtime dies, its next starts may be killed as well. */
  async crash(): Promise<string> {
    const { name, steps } = this.#draw.weighted(crashes);
    for (const [place, victims] of steps.entries()) {
      if (place > 0) await realTime(this.#draw.between(0, LONGEST_AGONY));
      await this.#kill(victims);
    }
    let starts = 0;
    while (this.#running === undefined && this.#draw.chance(CRASHES_OF_STARTS)) {
      await this.#crashStart();
      starts++;
    }
    return starts === 0 ? name : `${name}, then ${starts} of its starts`;
  }

  /** Ends it for good; no process is left. */
  async end(): Promise<void> {
    if (this.#running !== undefined) await this.#kill('all');
  }

  async #kill(victims: Victims): Promise<void> {
    const { process, system } = this.#running ?? {};
    if (process === undefined || system === undefined) throw new Error('it is dead already');
    await process.crash(victims);
    this.#recent.push(Date.now());
    if (victims === 'functions') return;
    this.#running = undefined;
    // The same addresses again, or others.
    const urls = [system.apiUrl, system.awsUrl];
    this.#ports = this.#draw.chance(0.5) ? urls.map((url) => new URL(url).port) : ANY_PORTS;
  }

  async #crashStart(): Promise<void> {
    const process = this.#launch(ANY_PORTS);
    const serving = process.serving().catch(() => undefined);
    await realTime(this.#draw.between(0, LONGEST_START));
    await process.crash('all');
    this.#recent.push(Date.now());
    await serving;
  }

  /** A port of before may be taken: any connection of this machine may have been given it meanwhile, as its own end. */
  async #start(ports: readonly string[]): Promise<Running> {
    const process = this.#launch(ports);
    try {
      return { process, system: System.servedBy(process, await process.serving()) };
    } catch (error) {
      if (ports === ANY_PORTS || !/port \d+ is taken/.test(process.output)) throw error;
      return this.#start(ANY_PORTS);
    }
  }

  #launch([api = '0', aws = '0']: readonly string[]): RuntimeProcess {
    const process = new RuntimeProcess(['--data', this.#directory, '--api-port', api, '--aws-port', aws]);
    this.#past.push(process);
    return process;
  }

  /** How far the system's clock runs ahead survives a crash, so it is known afterwards. */
  async #dateCrashes(system: System): Promise<void> {
    if (this.#recent.length === 0) return;
    const response = await fetch(`${system.awsUrl}/_local-cloud/clock`);
    const ahead = clockSchema.parse(await response.json()).now - Date.now();
    this.#kills.push(...this.#recent.splice(0).map((kill) => kill + ahead));
  }
}
