/** What messages lead to, by what is stored when they come: the tables that services are tested by, and that their READMEs print. */
import { table } from '@distributed-patterns/readme-tables';

/**
 * How a message arrives. Its undo, where it has one, comes before it, or begins and ends while it is being handled; and
 * the other way round, the message while its undo is.
 */
export const arrivals = ['once', 'twice', 'after its undo', 'concurrently with its undo'] as const;
export type Arrival = (typeof arrivals)[number];

/** What is left when a message has been handled: what is stored, and what has been announced, in words. */
export interface Left {
  readonly stored: string;
  /** The types of the messages, in the order of the alphabet, each with its reason's code where it has one. */
  readonly announced: readonly string[];
}

/** What a message leads to where something is stored, for each of the ways in which it may arrive there. */
export interface Outcomes {
  readonly message: string;
  /** What is stored when it comes, such as `nothing` or `RESERVED`. */
  readonly given: string;
  /** A way in which it cannot arrive here, or that would say nothing new, is left out. */
  readonly when: Readonly<Partial<Record<Arrival, Left>>>;
}

/** One way in which one message arrives, for a table of tests. */
export interface Case extends Left {
  readonly message: string;
  readonly given: string;
  readonly arrives: Arrival;
}

/** Every outcome by itself. */
export function casesOf(outcomes: readonly Outcomes[]): readonly Case[] {
  return outcomes.flatMap(({ message, given, when }) =>
    arrivals.flatMap((arrives) => {
      const left = when[arrives];
      return left === undefined ? [] : [{ message, given, arrives, ...left }];
    }),
  );
}

/** The table as a README prints it. */
export function outcomeTable(outcomes: readonly Outcomes[]): string {
  const rows = outcomes.map(({ message, given, when }) => [
    message,
    given,
    ...arrivals.map((arrives) => shown(when[arrives])),
  ]);
  return table(['message', 'stored before', ...arrivals], rows);
}

function shown(left: Left | undefined): string {
  if (left === undefined) return '';
  return `${left.stored}: ${left.announced.length === 0 ? 'no answer' : left.announced.join(', ')}`;
}
