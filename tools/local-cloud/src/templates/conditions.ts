/** The Conditions section (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html). */
import { members, resolveIntrinsics, type Scope } from './intrinsics.ts';

/** `Fn::And` and `Fn::Or` take two to ten. */
const MOST_CONDITIONS = 10;

/**
 * Whether a condition holds.
 * @throws Error naming a function that is no condition function
 */
export function evaluateCondition(expression: unknown, scope: Scope): boolean {
  const [name, argument] = Object.entries(members(expression))[0] ?? [];
  const all = (least: number, most: number): boolean[] =>
    operands(argument, least, most).map((one) => evaluateCondition(one, scope));
  switch (name) {
    case 'Condition':
      return scope.condition(String(argument));
    case 'Fn::Equals': {
      const [left, right] = operands(argument, 2, 2).map((one) => resolveIntrinsics(one, scope));
      return String(left) === String(right);
    }
    case 'Fn::And':
      return all(2, MOST_CONDITIONS).every(Boolean);
    case 'Fn::Or':
      return all(2, MOST_CONDITIONS).some(Boolean);
    case 'Fn::Not':
      return !all(1, 1).every(Boolean);
    default:
      throw new Error(`the condition function ${name ?? JSON.stringify(expression)} is not supported`);
  }
}

function operands(argument: unknown, least: number, most: number): readonly unknown[] {
  if (!Array.isArray(argument)) throw new Error(`a condition function needs a list, not ${JSON.stringify(argument)}`);
  if (argument.length >= least && argument.length <= most) return argument;
  const wanted = least === most ? String(least) : `${least} to ${most}`;
  throw new Error(`a condition function has ${argument.length} values, and takes ${wanted}`);
}
