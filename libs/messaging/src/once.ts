/** How a `wiring.ts` stays lazy. */

/**
 * Makes a thing when it is first asked for and keeps it, so that importing a handler does nothing.
 * Calls at the top of a file are marked `PURE`, so that the bundler drops what a function never asks for.
 */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
