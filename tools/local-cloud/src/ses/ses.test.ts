import { createHash } from 'node:crypto';
import { Activity } from '../activity.ts';
import { Clock } from '../clock.ts';
import { Database } from '../database.ts';
import { Dispatcher } from '../dispatcher.ts';
import { Faults } from '../faults.ts';
import { operation, type Permission } from '../service.ts';
import { Signals } from '../signals.ts';
import { createSes, type Ses } from './index.ts';

const NOW = Date.UTC(2026, 10, 23, 9, 5, 7, 250);

let database: Database;
let dispatcher: Dispatcher;
let ses: Ses;
let asked: Permission[];
let activity: Activity;

function open() {
  const faults = new Faults();
  activity = new Activity();
  dispatcher = new Dispatcher({ authorize: (_principal, permission) => void asked.push(permission) }, faults);
  ses = createSes({
    clock: new Clock({ frozenAt: NOW }),
    database,
    dispatcher,
    signals: new Signals(),
    activity,
    faults,
    random: () => 0.5,
    report: () => undefined,
  });
  for (const [id, service] of Object.entries(ses.services)) dispatcher.register(id, service);
  declare('AWS::SES::ConfigurationSet', { Name: 'mails-dev' });
}

const declare = (type: string, properties: Record<string, unknown>) =>
  ses.resources[type]?.({ stack: 'notification', logicalId: 'Resource', type, properties });

const mail = {
  FromEmailAddress: 'Shop <orders@shop.example>',
  Destination: { ToAddresses: ['ann@example.com'], CcAddresses: ['bob@example.com'] },
  ReplyToAddresses: ['help@shop.example'],
  Content: {
    Simple: {
      Subject: { Data: 'Your order' },
      Body: { Text: { Data: 'Thank you' }, Html: { Data: '<p>Thank you</p>' } },
    },
  },
  ConfigurationSetName: 'mails-dev',
  EmailTags: [{ Name: 'kind', Value: 'paid' }],
};

const send = (changes: object = {}) =>
  dispatcher.call('ses', 'SendEmail', { ...mail, ...changes }, { type: 'administrator' });

beforeEach(() => {
  asked = [];
  database = new Database(':memory:');
  open();
});

describe('SendEmail (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html)', () => {
  it('puts the mail into the mailbox, where it stays after a restart', async () => {
    expect(await send()).toEqual({ MessageId: expect.stringMatching(/^0100[0-9a-f]{12}-[0-9a-f-]{36}-000000$/) });
    open();
    expect(ses.mailbox()).toEqual([
      {
        messageId: expect.any(String),
        sentAt: '2026-11-23T09:05:07.250Z',
        from: 'Shop <orders@shop.example>',
        to: ['ann@example.com'],
        cc: ['bob@example.com'],
        bcc: [],
        replyTo: ['help@shop.example'],
        subject: 'Your order',
        text: 'Thank you',
        html: '<p>Thank you</p>',
        configurationSet: 'mails-dev',
        tags: { kind: 'paid' },
      },
    ]);
  });

  it('needs permission on the sending identity and on the configuration set', async () => {
    await send();
    declare('AWS::SES::EmailIdentity', { EmailIdentity: 'orders@shop.example' });
    await send({ ConfigurationSetName: undefined });
    declare('AWS::SES::EmailIdentity', { EmailIdentity: 'shop.example' });
    await send({ ConfigurationSetName: undefined, FromEmailAddress: 'a@mail.shop.example' });
    const base = 'arn:aws:ses:us-east-1:000000000000:';
    expect(asked.map(({ action, resource }) => `${action} ${resource}`)).toEqual([
      `ses:SendEmail ${base}identity/shop.example`,
      `ses:SendEmail ${base}configuration-set/mails-dev`,
      `ses:SendEmail ${base}identity/orders@shop.example`,
      `ses:SendEmail ${base}identity/shop.example`,
    ]);
    expect(asked[0]?.context).toEqual({
      'ses:ApiVersion': ['2'],
      'ses:FromAddress': ['orders@shop.example'],
      'ses:FromDisplayName': ['Shop'],
      'ses:Recipients': ['ann@example.com', 'bob@example.com'],
    });
  });

  it('takes fifty recipients and refuses one more (https://docs.aws.amazon.com/ses/latest/dg/quotas.html)', async () => {
    const people = (count: number) => Array.from({ length: count }, (_, index) => `person-${index}@example.com`);
    await send({ Destination: { ToAddresses: people(20), BccAddresses: people(30) } });
    await expect(send({ Destination: { ToAddresses: people(51) } })).rejects.toMatchObject({
      code: 'BadRequestException',
      message: 'Recipient count exceeds 50.',
    });
  });

  it('takes 40 MB of subject and body, and rejects a byte more (https://docs.aws.amazon.com/ses/latest/dg/quotas.html)', async () => {
    const sized = (bytes: number) => ({
      Content: { Simple: { Subject: { Data: 'ü' }, Body: { Text: { Data: 'x'.repeat(bytes - 2) } } } },
    });
    const limit = 40 * 1024 * 1024;
    await expect(send(sized(limit + 1))).rejects.toMatchObject({
      code: 'MessageRejected',
      status: 400,
      message: `Message length is more than ${limit} bytes long`,
    });
    expect(await send(sized(limit))).toEqual({ MessageId: expect.any(String) });
  });

  it('takes fifty tags, with names and values of 256 characters, and no more', async () => {
    const tags = (count: number) => Array.from({ length: count }, (_, index) => ({ Name: `n${index}`, Value: 'v' }));
    const tag = (Name: string, Value: string) => ({ EmailTags: [{ Name, Value }] });
    const long = (length: number) => 'x'.repeat(length);
    for (const taken of [{ EmailTags: tags(50) }, tag(long(256), 'v'), tag('n', long(256)), tag('n_-0', 'v@v.v')]) {
      await send(taken);
    }
    for (const refused of [{ EmailTags: tags(51) }, tag(long(257), 'v'), tag('n', long(257)), tag('n@', 'v')]) {
      await expect(send(refused)).rejects.toMatchObject({ code: 'BadRequestException' });
    }
  });

  it('lets everybody send: there is no DNS to verify an identity by', async () => {
    await send({ FromEmailAddress: 'anybody@nowhere.example' });
    expect(asked[0]?.resource).toBe('arn:aws:ses:us-east-1:000000000000:identity/nowhere.example');
  });

  it('takes a subject as one header, whatever is in it', async () => {
    const Subject = { Data: 'Your order\r\nBcc: eve@example.com' };
    await send({ Content: { Simple: { Subject, Body: { Text: { Data: 'x' } } } } });
    expect(ses.mailbox()[0]).toMatchObject({ subject: Subject.Data, bcc: [] });
  });

  it('rejects a recipient under .invalid for good', async () => {
    await expect(send({ Destination: { ToAddresses: ['ann@bounces.invalid'] } })).rejects.toMatchObject({
      code: 'BadRequestException',
      status: 400,
      message: 'Domain does not exist: ann@bounces.invalid',
    });
    expect(ses.mailbox()).toEqual([]);
  });

  it.each([
    ['', "Missing final '@domain'"],
    ['ann', "Missing final '@domain'"],
    ['@example.com', "Missing final '@domain'"],
    ['ann@', "Missing final '@domain'"],
    ['ann lee@example.com', 'Local address contains control or whitespace'],
    ['ann@example.com\r\nBcc: eve@example.com', 'Local address contains control or whitespace'],
    ['ann@example.com\r\nBcc: eve', 'Domain contains illegal character'],
    [`${' '.repeat(100_000)}<`, 'Address is too long'],
    ['ann\r\nBcc: eve@example.com', 'Local address contains control or whitespace'],
    ['Ann\r\nBcc: eve@example.com <ann@example.com>', 'Local address contains control or whitespace'],
    ['änn@example.com', 'Local address contains non-ASCII characters'],
    ['ann..lee@example.com', 'Illegal address'],
    ['ann@localhost', 'Domain contains illegal character'],
    ['ann@example..com', 'Domain contains illegal character'],
    [`${'a'.repeat(65)}@example.com`, 'Address is too long'],
    [`${'a'.repeat(64)}@${`${'b'.repeat(60)}.`.repeat(4)}${'c'.repeat(12)}`, 'Address is too long'],
    ['Shop\t<ann@example.com>, Eve <eve@example.com>', 'Local address contains control or whitespace'],
    ['<script>@example.com', "Missing final '@domain'"],
  ])('refuses the address %j', async (address, message) => {
    const refusal = { code: 'BadRequestException', message };
    await expect(send({ Destination: { ToAddresses: [address] } })).rejects.toMatchObject(refusal);
    await expect(send({ FromEmailAddress: address })).rejects.toMatchObject(refusal);
    await expect(send({ ReplyToAddresses: [address] })).rejects.toMatchObject(refusal);
  });

  it.each([
    'ann@example.com',
    'Ann Lee <ann.lee+shop@mail.example.com>',
    '"Lee, Ann" <ann@example.com>',
    'ann@bücher.example',
    `${'a'.repeat(64)}@example.com`,
    `${'a'.repeat(64)}@${`${'b'.repeat(60)}.`.repeat(4)}${'c'.repeat(11)}`,
    '"ann"@example.com',
  ])('takes the address %j', async (address) => {
    await send({ Destination: { ToAddresses: [address] } });
    expect(ses.mailbox()[0]?.to).toEqual([address]);
  });

  it.each<[string, object]>([
    ['nobody to send to', { Destination: {} }],
    ['no sender', { FromEmailAddress: undefined }],
    ['no content', { Content: {} }],
    ['no body', { Content: { Simple: { Subject: { Data: 'a' }, Body: {} } } }],
    ['a tag name with a space', { EmailTags: [{ Name: 'a b', Value: 'c' }] }],
    ['a tag value with a space', { EmailTags: [{ Name: 'a', Value: 'b c' }] }],
    [
      'a tag twice',
      {
        EmailTags: [
          { Name: 'a', Value: 'b' },
          { Name: 'a', Value: 'c' },
        ],
      },
    ],
  ])('refuses %s', async (_what, changes) => {
    await expect(send(changes)).rejects.toMatchObject({ code: 'BadRequestException' });
  });

  it('does not find a configuration set that no template declares', async () => {
    await expect(send({ ConfigurationSetName: 'other' })).rejects.toMatchObject({
      code: 'NotFoundException',
      status: 404,
    });
  });

  it.each([{ Content: { Raw: { Data: 'x' } } }, { Content: { Template: {} } }, { ListManagementOptions: {} }])(
    'says what it does not have: %j',
    async (changes) => {
      await expect(send(changes)).rejects.toMatchObject({ code: 'NotImplemented' });
    },
  );
});

describe('the mailbox simulator (https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html)', () => {
  const destination = (types: readonly string[], bus = 'default', Enabled = true) =>
    declare('AWS::SES::ConfigurationSetEventDestination', {
      ConfigurationSetName: 'mails-dev',
      EventDestination: {
        Enabled,
        MatchingEventTypes: types,
        EventBridgeDestination: { EventBusArn: `arn:aws:events:us-east-1:000000000000:event-bus/${bus}` },
      },
    });
  const told: unknown[] = [];
  const write = async (...to: readonly string[]) => {
    await send({ Destination: { ToAddresses: to.map((name) => `${name}@simulator.amazonses.com`) } });
    await activity.whenIdle();
    return told.splice(0);
  };

  beforeEach(() => {
    told.length = 0;
    const PutEvents = operation({ parse: (raw) => raw, needs: () => [], run: (raw, call) => told.push([raw, call]) });
    const wire = { protocol: 'json', version: '1.1', targetPrefix: 'AWSEvents', errorNamespace: 'events' } as const;
    dispatcher.register('events', { name: 'events', wire, operations: { PutEvents } });
  });

  it.each([
    ['bounce', 'Email Bounced', { eventType: 'Bounce', bounce: { bounceType: 'Permanent', bounceSubType: 'General' } }],
    ['suppressionlist', 'Email Bounced', { bounce: { bounceType: 'Permanent', bounceSubType: 'Suppressed' } }],
    [
      'complaint',
      'Email Complaint Received',
      { eventType: 'Complaint', complaint: { complaintFeedbackType: 'abuse' } },
    ],
  ])('has a mail to %s told of as %s', async (name, detailType, detail) => {
    destination(['bounce', 'complaint', 'reject']);
    const [only, ...others] = await write(`${name}+label`, 'success');
    expect(others).toEqual([]);
    const entry = { Source: 'aws.ses', DetailType: detailType, Detail: expect.any(String) };
    expect(only).toMatchObject([{ Entries: [entry] }, { principal: { type: 'service', name: 'ses.amazonaws.com' } }]);
    const text = /"Detail":"(.*?)","Resources"/.exec(JSON.stringify(only))?.[1] ?? '';
    expect(JSON.parse(JSON.parse(`"${text}"`))).toMatchObject({
      ...detail,
      mail: { destination: expect.any(Array), tags: { kind: ['paid'], 'ses:configuration-set': ['mails-dev'] } },
    });
  });

  it('says nothing of what no destination asks for', async () => {
    expect(await write('bounce')).toEqual([]);
    destination(['complaint']);
    destination(['bounce'], 'default', false);
    expect(await write('bounce', 'ooto')).toEqual([]);
  });

  it('knows the default bus only, as SES does', () => {
    expect(() => destination(['bounce'], 'other')).toThrow('EventBusArn');
  });
});

describe('the mailbox page', () => {
  it('shows the newest mail first', async () => {
    await send({ Destination: { ToAddresses: ['first@example.com'] } });
    await send({ Destination: { ToAddresses: ['second@example.com'] } });
    const page = ses.mailboxPage();
    expect(page.indexOf('second@example.com')).toBeLessThan(page.indexOf('first@example.com'));
    expect(page).toContain('2 mails');
  });

  it('lists time, kind, subject and recipient, and has the text beside the HTML', async () => {
    await send();
    const page = ses.mailboxPage();
    expect(page).toMatch(
      /<time [^>]*>2026-11-23 09:05:07<\/time><span><span class="kind">paid<\/span><\/span><b>Your order</,
    );
    expect(page).toContain('<span class="to soft">ann@example.com</span>');
    expect(page).toMatch(/<section><h2>HTML<\/h2><iframe .*<\/section><section><h2>Text<\/h2><pre>Thank you<\/pre>/);
  });

  it('can be searched for an order, an address and a subject', async () => {
    await send({
      EmailTags: [{ Name: 'order', Value: '0199A7C2' }],
      Destination: { ToAddresses: ['Ann@example.com'] },
    });
    expect(ses.mailboxPage()).toContain('<details data-about="your order ann@example.com 0199a7c2" open>');
  });

  it('makes every value inert', async () => {
    const attack = `"><script>alert('x')</script>`;
    const body = { Text: { Data: attack }, Html: { Data: attack } };
    await send({
      Content: { Simple: { Subject: { Data: attack }, Body: body } },
      FromEmailAddress: `"${attack.replaceAll(/[<>"]/g, '')}" <a@b.example>`,
    });
    const page = ses.mailboxPage();
    expect(page).not.toContain("alert('x')");
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).toContain('srcdoc="&#34;&#62;&#60;script&#62;');
    expect(page).toContain('<iframe sandbox=""');
  });

  it('lets its own script run and no other, and fetches nothing', async () => {
    await send();
    const page = ses.mailboxPage();
    const [script = '', ...others] = [...page.matchAll(/<script>(.*?)<\/script>/gs)].map(([, code]) => code);
    const hash = createHash('sha256').update(script).digest('base64');
    expect(others).toEqual([]);
    expect(page).toContain(
      `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; img-src data:;`,
    );
  });

  it('says so when there is none', () => {
    expect(ses.mailboxPage()).toContain('No mail has been sent yet.');
  });
});

describe('a declaration (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SES.html)', () => {
  it('of a property that is not supported names it', () => {
    expect(() => declare('AWS::SES::ConfigurationSet', { Name: 'a', VdmOptions: {} })).toThrow(
      'VdmOptions is not supported',
    );
    expect(declare('AWS::SES::EmailIdentity', { EmailIdentity: 'shop.example' })?.ref).toBe('shop.example');
  });
});
