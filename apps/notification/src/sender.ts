/** The mail service: the only file that speaks to Amazon SES (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html). */
import {
  BadRequestException,
  type MessageTag,
  SendEmailCommand,
  type SESv2Client,
  SESv2ServiceException,
} from '@aws-sdk/client-sesv2';
import type { Reason } from '@distributed-patterns/contracts';
import { isOneBareAddress } from './address.ts';
import type { Mail } from './mail.ts';
import { type Delivery, NotAcceptedNow, type Sending } from './notification.ts';

/** From whom mails come, and what SES counts them under. */
export interface SenderSettings {
  readonly from: string;
  readonly configurationSet: string;
}

/** To whom a mail goes, and what it is about. */
export type Addressed = Pick<Sending, 'to' | 'orderId' | 'kind'>;

/**
 * Sends mails. An address that is none, or that SES refuses for good, is a delivery.
 * @throws NotAcceptedNow where the mail was certainly not taken; any other error where that is not known
 */
export class Sender {
  readonly #client: SESv2Client;
  readonly #settings: SenderSettings;

  constructor(client: SESv2Client, settings: SenderSettings) {
    this.#client = client;
    this.#settings = settings;
  }

  async send({ to, orderId, kind }: Addressed, { subject, text, html }: Mail): Promise<Delivery> {
    if (!isOneBareAddress(to)) return { kind: 'rejected', reason: unusableAddress };
    refuseHeaderInjection(subject);
    const { from, configurationSet } = this.#settings;
    const content = (data: string) => ({ Data: data, Charset: 'UTF-8' });
    const command = new SendEmailCommand({
      FromEmailAddress: from,
      Destination: { ToAddresses: [to] },
      Content: { Simple: { Subject: content(subject), Body: { Text: content(text), Html: content(html) } } },
      ConfigurationSetName: configurationSet,
      EmailTags: tags({ order: orderId, kind }),
    });
    try {
      const { MessageId } = await this.#client.send(command);
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

/** A subject with a line break comes from a text of ours that has to be mended. */
function refuseHeaderInjection(subject: string): void {
  if (/\p{Cc}/u.test(subject)) throw new NotAcceptedNow('the subject holds a line break or another control character');
}

/**
 * SES shows and counts its events by these (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageTag.html).
 * One that it would not take is found here: its refusal could not be told from that of an address.
 */
function tags(values: Readonly<Record<string, string>>): MessageTag[] {
  return Object.entries(values).map(([Name, Value]) => {
    if (!/^[\w-]{1,256}$/.test(Name) || !/^[\w\-.@]{1,256}$/.test(Value)) {
      throw new NotAcceptedNow(`not a tag of SES: ${JSON.stringify(Name)}`);
    }
    return { Name, Value };
  });
}

/** An answer of 4xx says that the mail was not taken; a timeout or a 5xx leaves that open. */
function isNotAccepted(error: unknown): error is SESv2ServiceException {
  return error instanceof SESv2ServiceException && error.$fault === 'client';
}
