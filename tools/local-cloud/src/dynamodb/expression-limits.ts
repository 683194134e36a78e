/** Limits of expressions (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html), which dynalite does not know. */
import { AwsError } from '../aws-error.ts';
import type { Condition, Operand } from './condition.ts';
import type { Path } from './document-path.ts';
import type { Assigned, UpdateClause } from './update.ts';

/** Bytes of an expression's text. */
const LONGEST = 4_096;
/** Bytes of a placeholder's name; what it stands for may be longer. */
const LONGEST_PLACEHOLDER = 255;
const MOST_OPERATORS = 300;
const MOST_IN_OPERANDS = 100;
/** Levels of a document path, and of the values in an item. */
export const DEEPEST = 32;

/** Refuses a text that is too long to be parsed at all. @throws AwsError ValidationException */
export function checkLength(expression: string, text: string): void {
  const bytes = Buffer.byteLength(text, 'utf8');
  if (bytes <= LONGEST) return;
  throw refusal(expression, `Expression size has exceeded the maximum allowed size; expression size: ${bytes}`);
}

/** Refuses placeholders whose names are too long. @throws AwsError ValidationException */
export function checkPlaceholders(names: object = {}, values: object = {}): void {
  for (const name of Object.keys(names)) {
    const bytes = Buffer.byteLength(name, 'utf8');
    if (bytes > LONGEST_PLACEHOLDER) throw tooLongKey('ExpressionAttributeNames', ` size of key: ${bytes}`);
  }
  for (const name of Object.keys(values)) {
    if (Buffer.byteLength(name, 'utf8') > LONGEST_PLACEHOLDER) throw tooLongKey('ExpressionAttributeValues', '');
  }
}

/** Refuses a condition with too many operators, operands of IN, or levels in a path. @throws AwsError ValidationException */
export function checkCondition(expression: string, condition: Condition): void {
  const count = new Count(expression);
  count.condition(condition);
  count.check();
}

/** Refuses an update with too many operators, or levels in a path. @throws AwsError ValidationException */
export function checkUpdate(expression: string, clauses: readonly UpdateClause[]): void {
  const count = new Count(expression);
  for (const clause of clauses) {
    count.path(clause.path);
    if (clause.action === 'SET') count.assigned(clause.assigned);
  }
  count.check();
}

/** Refuses paths with too many levels. @throws AwsError ValidationException */
export function checkPaths(expression: string, paths: readonly Path[]): void {
  const count = new Count(expression);
  for (const path of paths) count.path(path);
}

/**
 * Counts operators as AWS does: comparators, keywords and functions are one each, BETWEEN and IN with all their operands
 * too; the equals sign of SET is none.
 */
class Count {
  readonly #expression: string;
  #operators = 0;

  constructor(expression: string) {
    this.#expression = expression;
  }

  /** AWS stops counting at the first that is too many: it never says how many there are. */
  check(): void {
    if (this.#operators <= MOST_OPERATORS) return;
    throw refusal(
      this.#expression,
      `The expression contains too many operators; operator count: ${MOST_OPERATORS + 1}`,
    );
  }

  condition(condition: Condition): void {
    this.#operators++;
    switch (condition.kind) {
      case 'and':
      case 'or':
        this.condition(condition.left);
        this.condition(condition.right);
        return;
      case 'not':
        return this.condition(condition.inner);
      case 'compare':
        return this.#operands(condition.left, condition.right);
      case 'between':
        return this.#operands(condition.operand, condition.low, condition.high);
      case 'in':
        this.#checkIn(condition.options.length);
        return this.#operands(condition.operand, ...condition.options);
      case 'function':
        return this.#operands(...condition.operands);
    }
  }

  assigned(assigned: Assigned): void {
    switch (assigned.kind) {
      case 'value':
        return;
      case 'path':
        return this.path(assigned.path);
      case 'if_not_exists':
        this.#operators++;
        this.path(assigned.path);
        return this.assigned(assigned.otherwise);
      default:
        this.#operators++;
        this.assigned(assigned.left);
        this.assigned(assigned.right);
    }
  }

  path(path: Path): void {
    if (path.length <= DEEPEST) return;
    throw refusal(this.#expression, `The document path has too many nesting levels; nesting levels: ${path.length}`);
  }

  #operands(...operands: readonly Operand[]): void {
    for (const operand of operands) {
      if (operand.kind === 'path') this.path(operand.path);
      if (operand.kind === 'size') {
        this.#operators++;
        this.#operands(operand.of);
      }
    }
  }

  #checkIn(operands: number): void {
    if (operands <= MOST_IN_OPERANDS) return;
    throw refusal(
      this.#expression,
      `The IN operator is provided with too many operands; number of operands: ${operands}`,
    );
  }
}

function tooLongKey(parameter: string, size: string): AwsError {
  return new AwsError(
    'ValidationException',
    `${parameter} contains invalid key: The expression attribute map contains a key that is too long;${size}`,
  );
}

function refusal(expression: string, message: string): AwsError {
  return new AwsError('ValidationException', `Invalid ${expression}: ${message}`);
}
