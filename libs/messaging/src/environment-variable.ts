/** How a `wiring.ts` reads what its stack has set. */

/**
 * The value of an environment variable.
 * @throws Error naming the variable where the stack has not set it
 */
export function environmentVariable(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`);
  return value;
}
