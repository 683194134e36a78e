/** JSON with JSONata strings in it: compiled once when a definition is read, evaluated whenever its state runs. */
import { StateFailure } from './failure.ts';
import type { Json } from './json.ts';
import type { Bindings, Expression, Expressions } from './jsonata.ts';

/** A field of a state whose value, or any value nested in it, may be a JSONata string. */
export type Template =
  | { readonly kind: 'constant'; readonly value: Json }
  | { readonly kind: 'expression'; readonly expression: Expression; readonly location: string }
  | { readonly kind: 'array'; readonly items: readonly Template[] }
  | { readonly kind: 'object'; readonly members: readonly (readonly [string, Template])[] };

/** Thrown where a JSONata string in a definition does not parse; `location` is the field's path in its state. */
export class UnreadableExpression extends Error {
  override readonly name = 'UnreadableExpression';
  readonly location: string;

  constructor(location: string, cause: unknown) {
    super(describe(cause), { cause });
    this.location = location;
  }
}

/** Every expression in a template, with the path of its field. */
export function* expressionsIn(template: Template): Generator<{
  readonly expression: Expression;
  readonly location: string;
}> {
  if (template.kind === 'expression') yield template;
  if (template.kind === 'array') for (const item of template.items) yield* expressionsIn(item);
  if (template.kind === 'object') for (const [, member] of template.members) yield* expressionsIn(member);
}

/** Whether a string is `{% … %}`. */
export function isExpression(value: unknown): value is string {
  return typeof value === 'string' && value.length >= 4 && value.startsWith('{%') && value.endsWith('%}');
}

/**
 * Compiles a field's value.
 * @throws UnreadableExpression naming where in the state an expression does not parse
 */
export function compileTemplate(value: Json, location: string, expressions: Expressions): Template {
  if (isExpression(value)) return compileExpression(value, location, expressions);
  if (Array.isArray(value)) {
    const items = value.map((item: Json, index) => compileTemplate(item, `${location}[${index}]`, expressions));
    return items.every((item) => item.kind === 'constant') ? { kind: 'constant', value } : { kind: 'array', items };
  }
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).map(
      ([name, member]) => [name, compileTemplate(member, `${location}/${name}`, expressions)] as const,
    );
    if (members.every(([, member]) => member.kind === 'constant')) return { kind: 'constant', value };
    return { kind: 'object', members };
  }
  return { kind: 'constant', value };
}

function compileExpression(value: string, location: string, expressions: Expressions): Template {
  try {
    return { kind: 'expression', expression: expressions.compile(value.slice(2, -2)), location };
  } catch (error) {
    throw new UnreadableExpression(location, error);
  }
}

/**
 * The template's value under these bindings.
 * @throws StateFailure `States.QueryEvaluationError`, naming expression and field
 */
export async function evaluateTemplate(template: Template, bindings: Bindings): Promise<Json> {
  switch (template.kind) {
    case 'constant':
      return template.value;
    case 'expression':
      return evaluateExpression(template.expression, template.location, bindings);
    case 'array': {
      const items: Json[] = [];
      for (const item of template.items) items.push(await evaluateTemplate(item, bindings));
      return items;
    }
    case 'object': {
      const object: Record<string, Json> = {};
      for (const [name, member] of template.members) object[name] = await evaluateTemplate(member, bindings);
      return object;
    }
    default:
      return template satisfies never;
  }
}

async function evaluateExpression(expression: Expression, location: string, bindings: Bindings): Promise<Json> {
  const subject = `The JSONata expression '${expression.text}' specified for the field '${location}'`;
  let result: Json | undefined;
  try {
    result = await expression.evaluate(bindings);
  } catch (error) {
    throw evaluationError(`${subject} threw an error during evaluation. ${describe(error)}`, location);
  }
  if (result === undefined) throw evaluationError(`${subject} returned nothing (undefined).`, location);
  return result;
}

/** The failure of a field whose expression has no value, or one that the field cannot take. */
export function evaluationError(explanation: string, location: string): StateFailure {
  return new StateFailure('States.QueryEvaluationError', explanation, { location });
}

/** JSONata throws objects with a code and a message that are not always Errors. */
function describe(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return String(error);
  return 'code' in error ? `${String(error.code)}: ${String(error.message)}` : String(error.message);
}
