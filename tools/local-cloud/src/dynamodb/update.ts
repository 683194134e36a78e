/** Update expressions: their clauses, and the item that they make of another. */
import { AwsError } from '../aws-error.ts';
import { attributeOf, type AttributeValue, type Item, setMembers, typeOf } from './attribute-value.ts';
import { type Path, valueAt } from './document-path.ts';
import { addNumbers, subtractNumbers } from './number.ts';

/** What SET assigns; `value` names a placeholder. */
export type Assigned =
  | { readonly kind: 'path'; readonly path: Path }
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'plus' | 'minus' | 'list_append'; readonly left: Assigned; readonly right: Assigned }
  | { readonly kind: 'if_not_exists'; readonly path: Path; readonly otherwise: Assigned };

/** One clause of an update; `type` is the type of what is assigned where the expression alone tells it. */
export type UpdateClause =
  | { readonly action: 'SET'; readonly path: Path; readonly assigned: Assigned; readonly type: string | undefined }
  | { readonly action: 'REMOVE'; readonly path: Path }
  | {
      readonly action: 'ADD' | 'DELETE';
      readonly path: Path;
      readonly name: string;
      readonly type: string | undefined;
    };

/** A value that is being changed: the copy of an attribute that a nested path leads into. */
interface Draft {
  L?: AttributeValue[];
  M?: Record<string, AttributeValue>;
}

/** Elements of one list that go, and those that come after its end; indexes are those before the update. */
interface ListEdit {
  readonly removed: Set<number>;
  readonly appended: { readonly index: number; readonly value: AttributeValue }[];
}

/**
 * Applies all clauses to `item`; each sees the item as it was before (Developer Guide, "Update expressions").
 * @throws AwsError ValidationException where an operand or a path does not fit the item
 */
export function applyUpdate(item: Item, clauses: readonly UpdateClause[], values: Item): Item {
  const next: Record<string, AttributeValue> = { ...item };
  for (const { path } of clauses) copyForChange(next, path);
  const edits = new Map<AttributeValue[], ListEdit>();
  const assigned = clauses.map((clause) =>
    clause.action === 'SET' ? evaluate(clause.assigned, item, values) : undefined,
  );
  clauses.forEach((clause, at) => {
    const place = new Place(next, clause.path, edits);
    const value = assigned[at];
    if (clause.action === 'REMOVE') place.remove();
    else if (value !== undefined) place.put(value);
    else if (clause.action === 'ADD') place.put(united(place.value, known(values, clause.name)));
    else if (clause.action === 'DELETE') takeAway(place, known(values, clause.name));
  });
  for (const [list, edit] of edits) settle(list, edit);
  return next;
}

/** Where a path leads to: a member of the item or of a map, or an element of a list. */
class Place {
  readonly value: AttributeValue | undefined;
  readonly #members: Record<string, AttributeValue> | undefined;
  readonly #elements: AttributeValue[] | undefined;
  readonly #step: string | number;
  readonly #edits: Map<AttributeValue[], ListEdit>;

  constructor(item: Record<string, AttributeValue>, path: Path, edits: Map<AttributeValue[], ListEdit>) {
    this.#step = path.at(-1) ?? '';
    this.#edits = edits;
    const parent: Draft | undefined = path.length === 1 ? { M: item } : draftAt(item, path.slice(0, -1));
    this.#members = typeof this.#step === 'string' ? parent?.M : undefined;
    this.#elements = typeof this.#step === 'number' ? parent?.L : undefined;
    if (this.#members === undefined && this.#elements === undefined) {
      throw invalid('The document path provided in the update expression is invalid for update');
    }
    if (typeof this.#step === 'number') this.value = this.#elements?.[this.#step];
    else this.value = attributeOf(this.#members ?? {}, this.#step);
  }

  put(value: AttributeValue): void {
    if (this.#members !== undefined) this.#members[this.#step] = value;
    else if (this.#elements !== undefined && typeof this.#step === 'number') {
      if (this.#step < this.#elements.length) this.#elements[this.#step] = value;
      else this.#edit(this.#elements).appended.push({ index: this.#step, value });
    }
  }

  remove(): void {
    if (this.#members !== undefined) Reflect.deleteProperty(this.#members, this.#step);
    else if (this.#elements !== undefined && typeof this.#step === 'number') {
      this.#edit(this.#elements).removed.add(this.#step);
    }
  }

  #edit(list: AttributeValue[]): ListEdit {
    const edit = this.#edits.get(list) ?? { removed: new Set<number>(), appended: [] };
    this.#edits.set(list, edit);
    return edit;
  }
}

function settle(list: AttributeValue[], { removed, appended }: ListEdit): void {
  const kept = list.filter((_, index) => !removed.has(index));
  const added = [...appended].sort((a, b) => a.index - b.index).map(({ value }) => value);
  list.splice(0, list.length, ...kept, ...added);
}

/** Copies the attribute that a nested path leads into, so that the item before the update stays as it was. */
function copyForChange(item: Record<string, AttributeValue>, path: Path): void {
  const [head] = path;
  if (path.length < 2 || typeof head !== 'string') return;
  const value = attributeOf(item, head);
  if (value !== undefined) item[head] = structuredClone(value);
}

function draftAt(item: Record<string, AttributeValue>, path: Path): Draft | undefined {
  return valueAt(item, path);
}

function evaluate(assigned: Assigned, item: Item, values: Item): AttributeValue {
  switch (assigned.kind) {
    case 'value':
      return known(values, assigned.name);
    case 'path': {
      const value = valueAt(item, assigned.path);
      if (value === undefined)
        throw invalid('The provided expression refers to an attribute that does not exist in the item');
      return value;
    }
    case 'if_not_exists':
      return valueAt(item, assigned.path) ?? evaluate(assigned.otherwise, item, values);
    case 'list_append': {
      const left = evaluate(assigned.left, item, values).L;
      const right = evaluate(assigned.right, item, values).L;
      if (left === undefined || right === undefined) throw wrongType();
      return { L: [...left, ...right] };
    }
    default: {
      const left = evaluate(assigned.left, item, values).N;
      const right = evaluate(assigned.right, item, values).N;
      if (left === undefined || right === undefined) throw wrongType();
      return { N: assigned.kind === 'plus' ? addNumbers(left, right) : subtractNumbers(left, right) };
    }
  }
}

/** ADD: the sum of two numbers, or the union of two sets. */
function united(existing: AttributeValue | undefined, added: AttributeValue): AttributeValue {
  if (existing === undefined) return added;
  if (typeOf(existing) !== typeOf(added)) throw wrongType();
  if (existing.N !== undefined && added.N !== undefined) return { N: addNumbers(existing.N, added.N) };
  const members = new Set([...(setMembers(existing) ?? []), ...(setMembers(added) ?? [])]);
  return setOf(added, [...members]);
}

/** DELETE: members leave a set; an empty set leaves the item. */
function takeAway(place: Place, taken: AttributeValue): void {
  if (place.value === undefined) return;
  if (typeOf(place.value) !== typeOf(taken)) throw wrongType();
  const leaving = setMembers(taken) ?? [];
  const left = (setMembers(place.value) ?? []).filter((member) => !leaving.includes(member));
  if (left.length === 0) place.remove();
  else place.put(setOf(taken, left));
}

function setOf(like: AttributeValue, members: readonly string[]): AttributeValue {
  if (like.SS !== undefined) return { SS: members };
  return like.NS !== undefined ? { NS: members } : { BS: members };
}

function known(values: Item, name: string): AttributeValue {
  const value = attributeOf(values, name);
  if (value === undefined) throw new Error(`no value for ${name} in an expression that was checked`);
  return value;
}

function wrongType(): AwsError {
  return invalid('An operand in the update expression has an incorrect data type');
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
