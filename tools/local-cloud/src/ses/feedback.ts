/** What becomes of a mail to the mailbox simulator: SES's events about it, on the default bus. */
import { ACCOUNT, arn } from '../arn.ts';
import type { Ground } from '../part.ts';
import type { Principal } from '../service.ts';
import { parseAddress } from './address.ts';
import type { FeedbackType, Identities } from './identities.ts';
import type { Mail } from './mail.ts';

const SIMULATOR = 'simulator.amazonses.com';

interface Feedback {
  readonly type: FeedbackType;
  readonly detailType: string;
  readonly about: (address: string, mail: Mail) => Readonly<Record<string, unknown>>;
}

/**
 * The simulator's addresses that come back, each with or without a label, `bounce+label@…`
 * (https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html#send-test-email-mailbox-simulator).
 */
const simulated: Readonly<Record<string, Feedback>> = {
  bounce: bounce('General', 'smtp; 550 5.1.1 user unknown'),
  suppressionlist: bounce('Suppressed', 'Amazon SES has suppressed sending to this address'),
  complaint: {
    type: 'complaint',
    detailType: 'Email Complaint Received',
    about: (address, { sentAt, messageId }) => ({
      eventType: 'Complaint',
      complaint: {
        feedbackId: messageId,
        complaintSubType: null,
        complainedRecipients: [{ emailAddress: address }],
        timestamp: sentAt,
        complaintFeedbackType: 'abuse',
      },
    }),
  },
};

/** Tells of a mail what its configuration set wants told. SES delivers these events as best it can: once, and not durably. */
export function feedbackOn({ activity, dispatcher }: Ground, identities: Identities): (mail: Mail) => void {
  return (mail) => {
    for (const address of [...mail.to, ...mail.cc, ...mail.bcc].map((each) => parseAddress(each).address)) {
      const feedback = feedbackOf(address);
      if (feedback === undefined || !identities.isTold(mail.configurationSet, feedback.type)) continue;
      activity.begin(async () => {
        await dispatcher.call('events', 'PutEvents', { Entries: [entryOf(feedback, address, mail)] }, itself);
      });
    }
  };
}

const itself: Principal = { type: 'service', name: 'ses.amazonaws.com', sourceArn: arn('ses', 'event-destination') };

function feedbackOf(address: string): Feedback | undefined {
  const [, name = '', domain = ''] = /^([^@+]+)(?:\+[^@]*)?@(.+)$/.exec(address.toLowerCase()) ?? [];
  return domain === SIMULATOR ? simulated[name] : undefined;
}

/** https://docs.aws.amazon.com/ses/latest/dg/monitoring-eventbridge.html */
function entryOf({ detailType, about }: Feedback, address: string, mail: Mail): Readonly<Record<string, unknown>> {
  const tags = Object.entries({ 'ses:configuration-set': mail.configurationSet ?? '', ...mail.tags });
  const detail = {
    ...about(address, mail),
    mail: {
      timestamp: mail.sentAt,
      source: mail.from,
      sendingAccountId: ACCOUNT,
      messageId: mail.messageId,
      destination: [...mail.to, ...mail.cc, ...mail.bcc],
      headersTruncated: false,
      headers: [],
      commonHeaders: { from: [mail.from], to: mail.to, messageId: mail.messageId, subject: mail.subject },
      tags: Object.fromEntries(tags.map(([name, value]) => [name, [value]])),
    },
  };
  return {
    Source: 'aws.ses',
    DetailType: detailType,
    Detail: JSON.stringify(detail),
    Resources: [arn('ses', `configuration-set/${mail.configurationSet ?? ''}`)],
  };
}

function bounce(bounceSubType: string, diagnosticCode: string): Feedback {
  return {
    type: 'bounce',
    detailType: 'Email Bounced',
    about: (address, { sentAt, messageId }) => ({
      eventType: 'Bounce',
      bounce: {
        feedbackId: messageId,
        bounceType: 'Permanent',
        bounceSubType,
        bouncedRecipients: [{ emailAddress: address, action: 'failed', status: '5.1.1', diagnosticCode }],
        timestamp: sentAt,
        reportingMTA: 'dns; local-cloud',
      },
    }),
  };
}
