/** The account and region that the runtime plays, and the ARNs made from them. */

/** The account that everything belongs to. */
export const ACCOUNT = '000000000000';
/** The region that everything is in. */
export const REGION = 'us-east-1';

/** An ARN of this account and region: `arn('sqs', 'orders')` is `arn:aws:sqs:us-east-1:000000000000:orders`. */
export function arn(service: string, resource: string): string {
  return `arn:aws:${service}:${REGION}:${ACCOUNT}:${resource}`;
}
