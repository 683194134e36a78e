/** The mail service: the only file that speaks to Amazon SES (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html). */
import {
  BadRequestException,
  MailFromDomainNotVerifiedException,
  MessageRejected,
  SendEmailCommand,
  type SESv2Client,
} from '@aws-sdk/client-sesv2';
import type { Mail } from './mail.ts';
import type { Delivery } from './notification.ts';

/** From whom mails come, and what SES counts them under. */
export interface SenderSettings {
  readonly from: string;
  readonly configurationSet: string;
}

/** Sends mails; what SES refuses for good is a delivery, what may pass is thrown and tried again. */
export class Sender {
  readonly #client: SESv2Client;
  readonly #settings: SenderSettings;

  constructor(client: SESv2Client, settings: SenderSettings) {
    this.#client = client;
    this.#settings = settings;
  }

  async send(to: string, { subject, text, html }: Mail): Promise<Delivery> {
    const { from, configurationSet } = this.#settings;
    const content = (data: string) => ({ Data: data, Charset: 'UTF-8' });
    try {
      const { MessageId } = await this.#client.send(
        new SendEmailCommand({
          FromEmailAddress: from,
          Destination: { ToAddresses: [to] },
          Content: { Simple: { Subject: content(subject), Body: { Text: content(text), Html: content(html) } } },
          ConfigurationSetName: configurationSet,
        }),
      );
      return { kind: 'accepted', messageId: MessageId ?? 'unknown' };
    } catch (error) {
      if (!isForGood(error)) throw error;
      const message = 'The mail service does not accept mail for this address.';
      return { kind: 'rejected', reason: { code: 'NOTIFICATION_REJECTED', message } };
    }
  }
}

function isForGood(error: unknown): boolean {
  return (
    error instanceof MessageRejected ||
    error instanceof BadRequestException ||
    error instanceof MailFromDomainNotVerifiedException
  );
}
