/** What SES tells about mails that it took: bounces and complaints, and which addresses are not to be written to after them. */
import * as z from 'zod';

/** Why an address is not written to any more. */
export const suppressionReasons = ['BOUNCED', 'COMPLAINED'] as const;
export type SuppressionReason = (typeof suppressionReasons)[number];

const recipients = z.array(z.object({ emailAddress: z.string().min(1) }));

/** SES's events as EventBridge delivers them (https://docs.aws.amazon.com/ses/latest/dg/monitoring-eventbridge.html). */
const feedbackSchema = z.object({
  source: z.literal('aws.ses'),
  detail: z.discriminatedUnion('eventType', [
    z.object({
      eventType: z.literal('Bounce'),
      bounce: z.object({ bounceType: z.string(), bouncedRecipients: recipients }),
    }),
    z.object({ eventType: z.literal('Complaint'), complaint: z.object({ complainedRecipients: recipients }) }),
    z.object({ eventType: z.literal('Reject'), mail: z.object({ messageId: z.string() }) }),
  ]),
});
export type Feedback = z.infer<typeof feedbackSchema>['detail'];

/** An event that is none of SES's about a mail: it ends in the dead-letter queue. */
export class UnreadableFeedback extends Error {
  override readonly name = 'UnreadableFeedback';
}

/** Reads an event of the default bus. @throws UnreadableFeedback */
export function readFeedback(text: string): Feedback {
  try {
    return feedbackSchema.parse(JSON.parse(text)).detail;
  } catch (cause) {
    throw new UnreadableFeedback('not an event of SES about a mail', { cause });
  }
}

/** An address that is not to be written to any more. */
export interface Suppressed {
  readonly address: string;
  readonly reason: SuppressionReason;
}

/** A bounce that may pass says nothing about the address; what SES rejected was our mail, not the address. */
export function suppressedBy(feedback: Feedback): Suppressed[] {
  switch (feedback.eventType) {
    case 'Bounce':
      return feedback.bounce.bounceType === 'Permanent' ? all(feedback.bounce.bouncedRecipients, 'BOUNCED') : [];
    case 'Complaint':
      return all(feedback.complaint.complainedRecipients, 'COMPLAINED');
    case 'Reject':
      return [];
    default:
      return impossible(feedback);
  }
}

function all(those: z.infer<typeof recipients>, reason: SuppressionReason): Suppressed[] {
  return those.map(({ emailAddress }) => ({ address: emailAddress, reason }));
}

function impossible(feedback: never): never {
  throw new TypeError(`no such feedback: ${JSON.stringify(feedback)}`);
}
