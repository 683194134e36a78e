/** Reads form encoding with nesting: `metadata[orderId]=1&expand[0]=latest_charge`. */
import { invalid } from './stripe-error.ts';

/** A decoded form; a list is an array, anything nested an object. */
export type Form = { readonly [name: string]: FormValue };
/** A value of a form: a text, or what its brackets make of it. */
export type FormValue = string | Form | readonly FormValue[];

interface Branch {
  readonly members: Map<string, string | Branch>;
}

const DEEPEST = 8;

/**
 * Decodes a body or a query.
 * @see https://docs.stripe.com/api
 * @throws StripeError for a name that does not nest properly
 */
export function decodeForm(text: string): Form {
  const root: Branch = { members: new Map() };
  for (const [name, value] of new URLSearchParams(text)) plant(root, namesOf(name), value, name);
  return Object.fromEntries([...root.members].map(([name, member]) => [name, harvest(member)]));
}

/** The same text for the same parameters, whatever their order. */
export function canonical(form: Form): string {
  return JSON.stringify(sorted(form));
}

function namesOf(name: string): string[] {
  const [, first, rest = ''] = /^([^[\]]+)((?:\[[^[\]]*\])*)$/.exec(name) ?? [];
  if (first === undefined) throw invalid(`Invalid request: the parameter name ${name} is malformed`);
  return [first, ...[...rest.matchAll(/\[([^[\]]*)\]/g)].map(([, inner = '']) => inner)];
}

function plant(root: Branch, names: readonly string[], value: string, whole: string): void {
  if (names.length > DEEPEST) throw invalid(`Invalid request: ${whole} is nested too deeply`);
  let branch = root;
  for (const [index, each] of names.entries()) {
    const name = each === '' ? String(branch.members.size) : each;
    const present = branch.members.get(name);
    if (index === names.length - 1) {
      if (typeof present === 'object') throw invalid(`Invalid request: ${whole} has both a value and members`);
      branch.members.set(name, value);
    } else {
      if (typeof present === 'string') throw invalid(`Invalid request: ${whole} has both a value and members`);
      const next = present ?? { members: new Map() };
      branch.members.set(name, next);
      branch = next;
    }
  }
}

function harvest(member: string | Branch): FormValue {
  if (typeof member === 'string') return member;
  const entries = [...member.members].map(([name, each]) => [name, harvest(each)] as const);
  const isList = entries.length > 0 && entries.every(([name], index) => name === String(index));
  return isList ? entries.map(([, each]) => each) : Object.fromEntries(entries);
}

function sorted(value: FormValue): unknown {
  if (typeof value === 'string') return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return entries.map(([name, each]) => [name, sorted(each)]);
}
