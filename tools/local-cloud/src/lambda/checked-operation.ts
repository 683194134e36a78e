/** Lambda's operations: input that does not fit is its InvalidParameterValueException. */
import { operationsWith } from '../service.ts';

/** An operation from the schema of its input. */
export const checkedOperation = operationsWith('InvalidParameterValueException');
