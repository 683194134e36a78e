/** SES v2: mails are taken as SES takes them and kept where a person can read them; none leaves the machine. */
import type { Ground, Part } from '../part.ts';
import { feedbackOn } from './feedback.ts';
import { Identities } from './identities.ts';
import { type Mail, MailStore } from './mail.ts';
import { MOST_SHOWN, renderMailbox } from './mailbox-page.ts';
import { sendEmail } from './send-email.ts';

export type { Mail } from './mail.ts';

/** The part that sends mail, and the mailbox that all of it ends in. */
export interface Ses extends Part {
  /** Every mail that was sent, newest first. */
  mailbox(): Mail[];
  /** The same as an HTML page. */
  mailboxPage(): string;
}

/** SES v2 (https://docs.aws.amazon.com/ses/latest/APIReference-V2/Welcome.html). */
export function createSes(ground: Ground): Ses {
  const identities = new Identities();
  const mails = new MailStore(ground.database);
  return {
    services: {
      ses: {
        name: 'ses',
        wire: {
          protocol: 'rest-json',
          routes: [{ method: 'POST', path: '/v2/email/outbound-emails', operation: 'SendEmail' }],
        },
        operations: { SendEmail: sendEmail(ground.clock, identities, mails, feedbackOn(ground, identities)) },
      },
    },
    resources: identities.resources,
    mailbox: () => mails.list(),
    mailboxPage: () => renderMailbox(mails.list(MOST_SHOWN), mails.count()),
  };
}
