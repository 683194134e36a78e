/** The mail service: the only file that speaks to Amazon SES (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html). */
import { BadRequestException, SendEmailCommand, type SESv2Client, SESv2ServiceException } from '@aws-sdk/client-sesv2';
import type { Reason } from '@distributed-patterns/contracts';
import type { Mail } from './mail.ts';
import { type Delivery, NotAcceptedNow } from './notification.ts';

/** From whom mails come, and what SES counts them under. */
export interface SenderSettings {
  readonly from: string;
  readonly configurationSet: string;
}

/**
 * Sends mails. An address that SES refuses for good is a delivery.
 * @throws NotAcceptedNow where the mail was certainly not taken; any other error where that is not known
 */
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
      if (error instanceof BadRequestException) return { kind: 'rejected', reason: unusableAddress };
      if (isNotAccepted(error)) throw new NotAcceptedNow(error.name, { cause: error });
      throw error;
    }
  }
}

/** Only a malformed request is the address's fault; all else that SES refuses is about us, and may be mended. */
const unusableAddress: Reason = {
  code: 'NOTIFICATION_REJECTED',
  message: 'The mail service does not accept mail for this address.',
};

/** An answer of 4xx says that the mail was not taken; a timeout or a 5xx leaves that open. */
function isNotAccepted(error: unknown): error is SESv2ServiceException {
  return error instanceof SESv2ServiceException && error.$fault === 'client';
}
