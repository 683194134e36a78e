/** Ending with whoever started us: npm's shell dies of a SIGTERM without passing it on. */

/** Calls `gone` once the process that started this one has ended; looks every `milliseconds`. */
export function whenParentIsGone(gone: () => void, milliseconds = 1_000): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    gone();
  }, milliseconds);
  timer.unref();
}
