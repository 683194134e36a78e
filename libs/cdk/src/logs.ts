/** How long logs are kept. */
import { RetentionDays } from 'aws-cdk-lib/aws-logs';

/** Long enough in production to look into last quarter's complaint, short elsewhere. */
export function logRetention(stage: string): RetentionDays {
  return stage === 'prod' ? RetentionDays.THREE_MONTHS : RetentionDays.ONE_WEEK;
}
