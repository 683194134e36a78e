/** Takes in what SES tells about our mails: an address that bounced for good, or complained, is not written to any more. */
import { MetricUnit } from '@distributed-patterns/telemetry';
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { readFeedback, suppressedBy } from './feedback.ts';
import { type FeedbackWiring, feedbackWiring } from './wiring.ts';

export const handler = async (
  event: SQSEvent,
  _context?: Context,
  wired: FeedbackWiring = feedbackWiring(),
): Promise<SQSBatchResponse> => {
  const failures = await Promise.all(event.Records.map((record) => takeIn(record, wired)));
  wired.telemetry.metrics.publishStoredMetrics();
  return { batchItemFailures: failures.flat() };
};

async function takeIn({ body, messageId }: SQSRecord, { store, telemetry, clockAndIds }: FeedbackWiring) {
  try {
    const feedback = readFeedback(body);
    const at = clockAndIds.now().toISOString();
    await Promise.all(suppressedBy(feedback).map((suppressed) => store.suppress(suppressed, at)));
    telemetry.logger.info('mail feedback', { eventType: feedback.eventType });
    telemetry.metrics.addMetric(`Mail${feedback.eventType}`, MetricUnit.Count, 1);
    return [];
  } catch (error) {
    telemetry.logger.error('message not handled', { queueMessageId: messageId, error });
    telemetry.metrics.addMetric('MessageNotHandled', MetricUnit.Count, 1);
    return [{ itemIdentifier: messageId }];
  }
}
