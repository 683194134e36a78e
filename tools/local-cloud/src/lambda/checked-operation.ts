/** Lambda's operations: input that does not fit is its ValidationException. */
import { operationsWith } from '../service.ts';

/** An operation from the schema of its input (https://docs.aws.amazon.com/lambda/latest/api/CommonErrors.html). */
export const checkedOperation = operationsWith('ValidationException');
