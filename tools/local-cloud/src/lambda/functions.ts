/** The functions of the account, found by name or ARN. */
import { ACCOUNT, arn, REGION } from '../arn.ts';
import { AwsError } from '../aws-error.ts';
import type { LambdaFunction } from './function-declaration.ts';

/** `name`, `account:function:name` and the full ARN, each with or without a qualifier. */
const REFERENCE =
  /^(?:arn:aws:lambda:(?<region>[a-z0-9-]+):)?(?:(?<account>\d{12}):)?(?:function:)?(?<name>[a-zA-Z0-9-_]{1,64})(?::(?<qualifier>\$LATEST|[a-zA-Z0-9-_]+))?$/;

/** Configuration that templates declare anew on every start, in memory. */
export class Functions {
  readonly #byName = new Map<string, LambdaFunction>();

  /** @throws AwsError ResourceConflictException where there is one of that name already */
  declare(declared: LambdaFunction): void {
    if (this.#byName.has(declared.name)) {
      throw new AwsError('ResourceConflictException', `Function already exist: ${declared.name}`, {
        status: 409,
        members: { Type: 'User' },
      });
    }
    this.#byName.set(declared.name, declared);
  }

  /** Every function, ordered by name. */
  all(): readonly LambdaFunction[] {
    return [...this.#byName.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /**
   * The function that a request names (https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html, FunctionName).
   * There are no versions or aliases but `$LATEST`.
   * @throws AwsError ResourceNotFoundException, ValidationException, InvalidParameterValueException
   */
  find(reference: string, qualifier?: string): LambdaFunction {
    const parts = REFERENCE.exec(reference)?.groups;
    if (parts?.['name'] === undefined) {
      throw new AwsError(
        'ValidationException',
        `1 validation error detected: Value '${reference}' at 'functionName' failed to satisfy constraint`,
      );
    }
    const found = this.#byName.get(parts['name']);
    const named = parts['qualifier'];
    if (qualifier !== undefined && named !== undefined && qualifier !== named) {
      throw new AwsError(
        'InvalidParameterValueException',
        'The derived qualifier from the function name does not match the specified qualifier.',
        { members: { Type: 'User' } },
      );
    }
    const version = qualifier ?? named ?? '$LATEST';
    const here = (parts['region'] ?? REGION) === REGION && (parts['account'] ?? ACCOUNT) === ACCOUNT;
    if (found !== undefined && here && version === '$LATEST') return found;
    const suffix = version === '$LATEST' ? '' : `:${version}`;
    throw new AwsError(
      'ResourceNotFoundException',
      `Function not found: ${arn('lambda', `function:${parts['name']}`)}${suffix}`,
      {
        status: 404,
        members: { Type: 'User' },
      },
    );
  }
}
