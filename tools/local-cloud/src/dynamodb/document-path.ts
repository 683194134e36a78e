/** Document paths (`a.b[2]`): what stands at one, and the part of an item that several of them keep. */
import { attributeOf, type AttributeValue, type Item } from './attribute-value.ts';

/** An attribute name, then names of map members and indexes of list elements. */
export type Path = readonly (string | number)[];

/** The value at a path, or undefined where there is none. */
export function valueAt(item: Item, path: Path): AttributeValue | undefined {
  let value: AttributeValue | undefined;
  for (let depth = 0; depth < path.length; depth++) {
    const step = path[depth];
    if (typeof step === 'number') value = value?.L?.[step];
    else if (depth === 0) value = attributeOf(item, step ?? '');
    else value = value?.M === undefined ? undefined : attributeOf(value.M, step ?? '');
    if (value === undefined) return undefined;
  }
  return value;
}

interface Branch {
  /** What is below, by name or index; undefined where the whole value is kept. */
  readonly below: Map<string | number, Branch> | undefined;
}

/** The part of an item that the paths name; list elements move together (Developer Guide, "Projection expressions"). */
export function project(item: Item, paths: readonly Path[]): Item {
  const root = new Map<string | number, Branch>();
  for (const path of paths) plant(root, path);
  return keepMembers(item, root) ?? {};
}

function plant(branches: Map<string | number, Branch>, path: Path): void {
  const [step, ...rest] = path;
  if (step === undefined) return;
  if (rest.length === 0) {
    branches.set(step, { below: undefined });
    return;
  }
  const below = branches.get(step)?.below ?? new Map<string | number, Branch>();
  branches.set(step, { below });
  plant(below, rest);
}

function keep(value: AttributeValue, branch: Branch): AttributeValue | undefined {
  if (branch.below === undefined) return value;
  if (value.M !== undefined) {
    const members = keepMembers(value.M, branch.below);
    return members === undefined ? undefined : { M: members };
  }
  if (value.L === undefined) return undefined;
  const elements = keepElements(value.L, branch.below);
  return elements.length === 0 ? undefined : { L: elements };
}

function keepMembers(members: Item, branches: Map<string | number, Branch>): Item | undefined {
  const kept: [string, AttributeValue][] = [];
  for (const [step, branch] of branches) {
    const member = typeof step === 'string' ? attributeOf(members, step) : undefined;
    const value = member === undefined ? undefined : keep(member, branch);
    if (value !== undefined) kept.push([String(step), value]);
  }
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function keepElements(elements: readonly AttributeValue[], branches: Map<string | number, Branch>): AttributeValue[] {
  const indexes = [...branches.keys()].filter((step) => typeof step === 'number').sort((a, b) => a - b);
  return indexes.flatMap((index) => {
    const element = elements[index];
    const branch = branches.get(index);
    const value = element === undefined || branch === undefined ? undefined : keep(element, branch);
    return value === undefined ? [] : [value];
  });
}
