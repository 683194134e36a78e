/** Reads what a function answers to a batch where it reports the failures of single records. */
import * as z from 'zod';

const response = z
  .object({ batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish() })
  .nullish();

/**
 * The identifiers that failed, of those in the batch; undefined where the whole batch counts as failed, since the
 * answer has another form or names what is not in the batch
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting).
 */
export function failedItems(payload: string, identifiers: ReadonlySet<string>): ReadonlySet<string> | undefined {
  const answer: unknown = JSON.parse(payload);
  if (typeof answer === 'string') return answer === '' ? new Set() : undefined;
  const parsed = response.safeParse(answer);
  if (!parsed.success) return undefined;
  const failed = (parsed.data?.batchItemFailures ?? []).map((failure) => failure.itemIdentifier);
  return failed.every((identifier) => identifiers.has(identifier)) ? new Set(failed) : undefined;
}
