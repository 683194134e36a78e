/** The operation SendEmail: what SES refuses, and what becomes a mail. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { arn } from '../arn.ts';
import { AwsError, notImplemented } from '../aws-error.ts';
import type { Clock } from '../clock.ts';
import { type BoundOperation, operation, parser, type Permission } from '../service.ts';
import { type Address, parseAddress } from './address.ts';
import type { Identities } from './identities.ts';
import type { Mail, MailStore } from './mail.ts';

/** Quotas (https://docs.aws.amazon.com/ses/latest/dg/quotas.html). */
const MOST_RECIPIENTS = 50;
const MOST_TAGS = 50;
const LARGEST_MESSAGE = 40 * 1024 * 1024;
/** A top-level domain that never exists (RFC 2606): what a person writes to see a mail fail for good. */
const UNDELIVERABLE = /\.invalid$/;

const BAD_REQUEST = 'BadRequestException';
const content = z.strictObject({ Data: z.string(), Charset: z.string().optional() });
const addresses = z.array(z.string()).default([]);

const schema = z.strictObject({
  FromEmailAddress: z.string(),
  Destination: z
    .strictObject({ ToAddresses: addresses, CcAddresses: addresses, BccAddresses: addresses })
    .default({ ToAddresses: [], CcAddresses: [], BccAddresses: [] }),
  ReplyToAddresses: addresses,
  Content: z.strictObject({
    Simple: z
      .strictObject({ Subject: content, Body: z.strictObject({ Text: content.optional(), Html: content.optional() }) })
      .optional(),
    Raw: z.unknown().optional(),
    Template: z.unknown().optional(),
  }),
  ConfigurationSetName: z.string().optional(),
  EmailTags: z.array(z.strictObject({ Name: z.string(), Value: z.string() })).default([]),
});

interface Input {
  readonly request: z.infer<typeof schema>;
  readonly simple: NonNullable<z.infer<typeof schema>['Content']['Simple']>;
  readonly from: Address;
  readonly recipients: readonly Address[];
}

/** SendEmail (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html), for simple content. */
export function sendEmail(
  clock: Clock,
  identities: Identities,
  mails: MailStore,
  sent: (mail: Mail) => void,
): BoundOperation {
  return operation({
    parse: parseInput,
    needs: (input) => permissions(input, identities),
    run: ({ request, simple, recipients }) => {
      const { ConfigurationSetName: set } = request;
      if (set !== undefined && !identities.hasConfigurationSet(set)) {
        throw new AwsError('NotFoundException', `Configuration set <${set}> does not exist.`, { status: 404 });
      }
      refuseUndeliverable(recipients);
      const messageId = newMessageId(clock.now());
      const mail = mailOf(request, simple, messageId, clock.now());
      mails.add(mail);
      sent(mail);
      return { MessageId: messageId };
    },
  });
}

function parseInput(raw: unknown): Input {
  const request = parser(schema, BAD_REQUEST)(raw);
  const { Content, Destination, EmailTags } = request;
  if (Content.Raw !== undefined) throw notImplemented('the parameter Content.Raw');
  if (Content.Template !== undefined) throw notImplemented('the parameter Content.Template');
  const simple = Content.Simple;
  if (simple === undefined) throw bad('Content must hold exactly one of Simple, Raw and Template');
  if (simple.Body.Text === undefined && simple.Body.Html === undefined) throw bad('Body must hold Text or Html');
  refuseTags(EmailTags);
  request.ReplyToAddresses.forEach(parseAddress);
  const to = [...Destination.ToAddresses, ...Destination.CcAddresses, ...Destination.BccAddresses];
  if (to.length === 0) throw bad('Destination must hold at least one recipient');
  if (to.length > MOST_RECIPIENTS) throw bad(`Recipient count exceeds ${MOST_RECIPIENTS}.`);
  if (messageSize(simple) > LARGEST_MESSAGE) {
    throw new AwsError('MessageRejected', `Message length is more than ${LARGEST_MESSAGE} bytes long`);
  }
  return { request, simple, from: parseAddress(request.FromEmailAddress), recipients: to.map(parseAddress) };
}

/**
 * Resources and condition keys of SES v2
 * (https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html).
 */
function permissions({ request, from, recipients }: Input, identities: Identities): Permission[] {
  const context = {
    'ses:ApiVersion': ['2'],
    'ses:FromAddress': [from.address],
    'ses:FromDisplayName': [from.displayName],
    'ses:Recipients': recipients.map(({ address }) => address),
  };
  const { ConfigurationSetName: set } = request;
  const resources = [
    identities.identityArn(from),
    ...(set === undefined ? [] : [arn('ses', `configuration-set/${set}`)]),
  ];
  return resources.map((resource) => ({ action: 'ses:SendEmail', resource, context }));
}

function refuseTags(tags: readonly { readonly Name: string; readonly Value: string }[]): void {
  if (tags.length > MOST_TAGS) throw bad(`Tag count exceeds ${MOST_TAGS}.`);
  for (const { Name, Value } of tags) {
    if (!/^[A-Za-z0-9_-]{1,256}$/.test(Name)) {
      throw bad(`Invalid tag name <${Name}>: only alphanumeric ASCII characters, '_', and '-' are allowed.`);
    }
    if (!/^[A-Za-z0-9_\-@.]{1,256}$/.test(Value)) {
      throw bad(
        `Invalid tag value <${Value}>: only alphanumeric ASCII characters, '_', '-', '@', and '.' are allowed.`,
      );
    }
  }
  if (new Set(tags.map(({ Name }) => Name)).size < tags.length) throw bad('Tag names must be unique.');
}

function refuseUndeliverable(recipients: readonly Address[]): void {
  const failed = recipients.filter(({ domain }) => UNDELIVERABLE.test(domain)).map(({ address }) => address);
  if (failed.length === 0) return;
  throw bad(`Domain does not exist: ${failed.join(', ')}`);
}

function mailOf(
  { Destination, ...request }: Input['request'],
  simple: Input['simple'],
  messageId: string,
  now: number,
): Mail {
  return {
    messageId,
    sentAt: new Date(now).toISOString(),
    from: request.FromEmailAddress,
    to: Destination.ToAddresses,
    cc: Destination.CcAddresses,
    bcc: Destination.BccAddresses,
    replyTo: request.ReplyToAddresses,
    subject: simple.Subject.Data,
    text: simple.Body.Text?.Data,
    html: simple.Body.Html?.Data,
    configurationSet: request.ConfigurationSetName,
    tags: Object.fromEntries(request.EmailTags.map(({ Name, Value }) => [Name, Value])),
  };
}

function messageSize({ Subject, Body }: Input['simple']): number {
  return [Subject, Body.Text, Body.Html].reduce((sum, part) => sum + Buffer.byteLength(part?.Data ?? ''), 0);
}

/** Such as `0100018f2d3c4b5a-…-000000`: the time in milliseconds, then what makes it unique. */
function newMessageId(now: number): string {
  return `0100${now.toString(16).padStart(12, '0')}-${randomUUID()}-000000`;
}

function bad(message: string): AwsError {
  return new AwsError(BAD_REQUEST, message);
}
