/** Lets an environment's `Date` follow the runtime's clock. */

const MachineDate = Date;
let ahead = 0;

/** The present time on the runtime's clock, in milliseconds since the epoch. */
export function now(): number {
  return MachineDate.now() + ahead;
}

/** Sets how far the runtime's clock is ahead of the machine's, in milliseconds. */
export function setAhead(milliseconds: number): void {
  ahead = milliseconds;
}

/** Replaces the global `Date` by one that reads {@link now}; dates made before remain instances of it. */
export function replaceDate(): void {
  const replacement: DateConstructor = new Proxy(MachineDate, {
    apply: () => new MachineDate(now()).toString(),
    construct(target, given: unknown[], newTarget): Date {
      const made: unknown = Reflect.construct(
        target,
        given.length === 0 ? [now()] : given,
        newTarget === replacement ? target : newTarget,
      );
      return made instanceof MachineDate ? made : new MachineDate(Number.NaN);
    },
    get: (target, name, receiver): unknown => (name === 'now' ? now : Reflect.get(target, name, receiver)),
  });
  MachineDate.prototype.constructor = replacement;
  globalThis.Date = replacement;
}
