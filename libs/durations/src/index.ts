/** How long things take at most, for stacks and for running code. */
export * from './durations.ts';
export * from './patience.ts';
