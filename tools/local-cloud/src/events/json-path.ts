/** The part of JSONPath that EventBridge has: fields, array indices and wildcards. */

/** Follows a path; undefined where it leads nowhere, an array where it has a wildcard. */
export type Path = (value: unknown) => unknown;

const WHOLE = /^\$(?:\.[A-Za-z0-9_/-]+|\.\*|\[\d+\]|\[\*\])*$/;
const STEP = /\.([A-Za-z0-9_/-]+)|(\.\*|\[\*\])|\[(\d+)\]/g;
const LONGEST = 256;

/**
 * Compiles a path such as `$.detail.items[0].sku`
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html).
 * @throws Error where the path is not valid
 */
export function compilePath(path: string): Path {
  if (path.length > LONGEST || !WHOLE.test(path)) throw new Error(`Invalid JSON path: ${path}`);
  const steps = [...path.matchAll(STEP)].map(([, field, wildcard, index]) => {
    if (wildcard !== undefined) return every;
    return field === undefined ? at(Number(index)) : fieldOf(field);
  });
  const hasWildcard = steps.includes(every);
  return (value) => {
    let found: unknown[] = [value];
    for (const step of steps) found = found.flatMap(step);
    return hasWildcard ? found : found[0];
  };
}

type Step = (value: unknown) => unknown[];

function every(value: unknown): unknown[] {
  return isContainer(value) ? Object.values(value) : [];
}

function at(index: number): Step {
  return (value) => (Array.isArray(value) ? every(value).slice(index, index + 1) : []);
}

function fieldOf(name: string): Step {
  return (value) => (isContainer(value) && !Array.isArray(value) && Object.hasOwn(value, name) ? [value[name]] : []);
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
