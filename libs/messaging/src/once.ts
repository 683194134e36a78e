/** How a `wiring.ts` stays lazy. */

/** Makes a thing when it is first asked for and keeps it, so that importing a handler does nothing. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
