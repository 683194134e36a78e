/** What a parameter may be called. */
import { AwsError } from '../aws-error.ts';

const MOST_LEVELS = 15;
/** With the ARN in front of it, 2,048 characters. */
const LONGEST = 1011;

/**
 * Refuses a name as Parameter Store does
 * (https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-parameter-name-constraints.html).
 * @throws AwsError AccessDeniedException, ValidationException or HierarchyLevelLimitExceededException
 */
export function refuseName(name: string): void {
  const levels = name.replace(/^\//, '').split('/');
  const [first = ''] = levels;
  // Nobody may write below what AWS itself publishes, which reads like a missing permission.
  if (/^aws/i.test(first)) {
    throw new AwsError('AccessDeniedException', `No access to reserved parameter name: ${levels.join('/')}.`);
  }
  if (levels.length > 1 && !name.startsWith('/')) throw invalid('Parameter name must be a fully qualified name');
  if (/^ssm/i.test(first) || !levels.every((level) => /^[\w.-]+$/.test(level))) {
    throw invalid(
      'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths ' +
        'divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    );
  }
  if (levels.length > MOST_LEVELS) {
    throw new AwsError(
      'HierarchyLevelLimitExceededException',
      `A hierarchy can have a maximum of ${MOST_LEVELS} levels.`,
    );
  }
  if (name.length > LONGEST) throw invalid(`Parameter name must not exceed ${LONGEST} characters.`);
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
