/** What a scenario is, and what it is given. */
import type { Figure } from './figure.ts';

/** The command line's wishes, and the terminal. */
export interface ScenarioContext {
  /** Ends the scenario early. */
  readonly signal: AbortSignal;
  /** Says what is being done. */
  readonly progress: (text: string) => void;
  /** Prints lines between. */
  readonly print: (text: string) => void;
  /** Takes figures as soon as they are there, so that a run that is stopped has shown what it found. */
  readonly found: (figures: readonly Figure[]) => void;
  /** How long to measure, where the scenario's own length is not wanted. */
  readonly seconds: number | undefined;
  /** Seconds of load before that, where the scenario's own length is not wanted. */
  readonly warmUp: number | undefined;
  /** Orders a second of an open loop, where the scenario's own rate is not wanted. */
  readonly rate: number | undefined;
  /** Which loop `sagas` drives. */
  readonly loop: 'open' | 'closed' | 'both';
  /** Sagas in flight in a closed loop. */
  readonly inFlight: number;
  /** Orders of `memory`, or stored ones of `volume`, where the scenario's own number is not wanted. */
  readonly orders: number | undefined;
  /** Client processes that call DynamoDB. */
  readonly clients: number;
  /** The folder for V8 CPU profiles, where they are wanted. */
  readonly profile: string | undefined;
}

/** One thing to measure. */
export interface Scenario {
  readonly name: string;
  readonly about: string;
  run(context: ScenarioContext): Promise<void>;
}
