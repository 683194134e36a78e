/** The Conditions section (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html). */
import { members, resolveIntrinsics, type Scope } from './intrinsics.ts';

/**
 * Whether a condition holds.
 * @throws Error naming a function that is no condition function
 */
export function evaluateCondition(expression: unknown, scope: Scope): boolean {
  const [name, argument] = Object.entries(members(expression))[0] ?? [];
  const all = (): boolean[] => operands(argument).map((one) => evaluateCondition(one, scope));
  switch (name) {
    case 'Condition':
      return scope.condition(String(argument));
    case 'Fn::Equals': {
      const [left, right] = operands(argument).map((one) => resolveIntrinsics(one, scope));
      return String(left) === String(right);
    }
    case 'Fn::And':
      return all().every(Boolean);
    case 'Fn::Or':
      return all().some(Boolean);
    case 'Fn::Not':
      return !all().every(Boolean);
    default:
      throw new Error(`the condition function ${name ?? JSON.stringify(expression)} is not supported`);
  }
}

function operands(argument: unknown): readonly unknown[] {
  if (Array.isArray(argument)) return argument;
  throw new Error(`a condition function needs a list, not ${JSON.stringify(argument)}`);
}
