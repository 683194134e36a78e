/** The error that an event pattern which is not valid is answered with. */
import { AwsError } from '../aws-error.ts';

/** `InvalidEventPatternException`, worded as AWS words it. */
export function invalidPattern(reason: string): AwsError {
  return new AwsError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
}
