/** Whether values are values: dynalite's checks, and how deep a document may go. */
import validations from 'dynalite/validations/index.js';
import { AwsError } from '../aws-error.ts';
import type { AttributeValue, Item } from './attribute-value.ts';
import { DEEPEST } from './expression-limits.ts';

const TOO_DEEP =
  'Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit';

/** Checks values and brings their numbers into canonical form, in place. @throws AwsError ValidationException */
export function checkValues(values: Item): void {
  for (const name in values) {
    const value = values[name];
    const problem = value === undefined ? undefined : problemOf(value);
    if (problem !== undefined) throw new AwsError('ValidationException', problem);
  }
}

/** What is wrong with a value in DynamoDB's words, if anything; brings its numbers into canonical form, in place. */
export function problemOf(value: AttributeValue): string | undefined {
  return validations.validateAttributeValue(value) ?? (goesDeeper(value, DEEPEST) ? TOO_DEEP : undefined);
}

/** Checks how deep an attribute goes after an update. @throws AwsError ValidationException */
export function checkDepth(value: AttributeValue | undefined): void {
  if (value !== undefined && goesDeeper(value, DEEPEST)) throw new AwsError('ValidationException', TOO_DEEP);
}

/** Whether a value has more than `levels` levels: itself, its members and elements, theirs, and so on. */
function goesDeeper(value: AttributeValue, levels: number): boolean {
  if (levels === 0) return true;
  if (value.L !== undefined) return value.L.some((element) => goesDeeper(element, levels - 1));
  if (value.M === undefined) return false;
  for (const name in value.M) {
    const member = value.M[name];
    if (member !== undefined && goesDeeper(member, levels - 1)) return true;
  }
  return false;
}
