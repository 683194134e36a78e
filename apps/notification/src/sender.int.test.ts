import { startSes, type TestSes } from '@distributed-patterns/testing';
import * as z from 'zod';
import { cancelledMail, correctionMail, failedMail, type Mail, paidMail } from './mail.ts';
import { type Kind, kinds, NotAcceptedNow } from './notification.ts';
import { type Addressed, Sender } from './sender.ts';

const ORDER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';
const mail: Mail = { subject: 'Your order', text: 'Thank you', html: '<p>Thank you</p>' };
const mailbox = z.array(z.object({ to: z.array(z.string()), configurationSet: z.string(), tags: z.unknown() }));

let ses: TestSes;
beforeEach(async () => {
  ses = await startSes();
});
afterEach(() => ses.stop());

const send = (addressed: Partial<Addressed>, changes: Partial<Mail> = {}) => {
  const sender = new Sender(ses.client, { from: 'orders@shop.example', configurationSet: ses.configurationSet });
  return sender.send({ to: 'ann@example.com', orderId: ORDER, kind: 'paid', ...addressed }, { ...mail, ...changes });
};

const utf8 = (text: string) => ({ Data: text, Charset: 'UTF-8' });

/** What SES has taken, with its tags. */
const taken = async () => {
  const { protocol, hostname, port } = (await ses.client.config.endpoint?.()) ?? {};
  const response = await fetch(`${protocol}//${hostname}:${port}/_local-cloud/mailbox`);
  return mailbox.parse(await response.json());
};

describe('a mail', () => {
  it('is counted by SES under its configuration set, its order and its kind', async () => {
    expect(await send({ kind: 'failed' })).toEqual({ kind: 'accepted', messageId: expect.any(String) });
    expect(await taken()).toEqual([
      { to: ['ann@example.com'], configurationSet: ses.configurationSet, tags: { order: ORDER, kind: 'failed' } },
    ]);
  });

  it.each([
    ['nothing', ''],
    ['a blank', 'a b'],
    ['a line break', `${ORDER}\r\nX: y`],
    ['a letter beyond ASCII', 'ä'],
    ['257 characters', 'x'.repeat(257)],
  ])('whose tag would be %s is not sent, and its address not blamed', async (_what, orderId) => {
    await expect(send({ orderId })).rejects.toThrow(NotAcceptedNow);
    expect(await taken()).toEqual([]);
  });

  it('has room for 256 characters in a tag', async () => {
    expect(await send({ orderId: 'x'.repeat(256) })).toMatchObject({ kind: 'accepted' });
  });

  it.each(['Your order\r\nBcc: eve@example.com', 'Your order\nBcc: eve@example.com', 'Your\rorder', 'Your\u0000order'])(
    'is not sent with the subject %j',
    async (subject) => {
      await expect(send({}, { subject })).rejects.toThrow(NotAcceptedNow);
      expect(await taken()).toEqual([]);
    },
  );
});

describe('a mail about an order that is hostile wherever a text can stand', () => {
  /** Everything that is dangerous somewhere, in one text. */
  const hostile = `<script>alert(1)</script>"' onload='alert(1)"&lt;\r\nBcc: eve@example.com\r\n\r\n--x\u2028\u202e${'x'.repeat(2000)}`;
  const words = `<script>alert(1)</script>"' onload='alert(1)"&lt; Bcc: eve@example.com --x ${'x'.repeat(2000)}`;
  const saying = (text: string): Readonly<Record<Kind, Mail>> => {
    const price = { amount: 1, currency: 'USD' };
    const items = [{ productId: text, quantity: 1, unitPrice: price }];
    const about = { orderId: text, customerId: text, customerEmail: text, items, total: price };
    return {
      paid: paidMail(about, 'en-US'),
      correction: correctionMail(text),
      failed: failedMail({ ...about, reason: { code: text, message: text } }, 'en-US'),
      cancelled: cancelledMail(about, 'en-US'),
    };
  };
  const tagsOf = (html: string) => html.match(/<[^>]*>/g);

  it.each(kinds)('reaches SES as words, of the kind %s, and goes to nobody else', async (kind) => {
    const requests: unknown[] = [];
    ses.client.middlewareStack.add((next) => async (args) => (requests.push(args.input), next(args)), {
      step: 'initialize',
    });
    const { [kind]: mail } = saying(hostile);
    expect(await send({ kind }, mail)).toMatchObject({ kind: 'accepted' });
    expect(requests).toEqual([
      {
        FromEmailAddress: 'orders@shop.example',
        Destination: { ToAddresses: ['ann@example.com'] },
        Content: { Simple: { Subject: utf8(mail.subject), Body: { Text: utf8(mail.text), Html: utf8(mail.html) } } },
        ConfigurationSetName: ses.configurationSet,
        EmailTags: [
          { Name: 'order', Value: ORDER },
          { Name: 'kind', Value: kind },
        ],
      },
    ]);

    const [received] = await ses.mailbox();
    expect(received).toMatchObject({ to: ['ann@example.com'], subject: expect.stringContaining(words) });
    expect(received?.text.split('\n').filter((line) => /^(bcc:|--x)/i.test(line))).toEqual([]);
    expect(received?.text).toContain(words);
    expect(tagsOf(received?.html ?? '')).toEqual(tagsOf(saying('laptop')[kind].html));
  });
});

describe('an address', () => {
  it.each([
    'ann@example.com\r\nBcc: eve@example.com',
    'ann@example.com,eve@example.com',
    'Ann <ann@example.com>',
    'ann@bücher.example',
    '',
  ])('that is %j is refused before anybody is asked', async (to) => {
    expect(await send({ to })).toMatchObject({ kind: 'rejected', reason: { code: 'NOTIFICATION_REJECTED' } });
    expect(await taken()).toEqual([]);
  });

  it.each(['ann@example.com', 'ann.lee+shop@mail.example.com', "o'neil@example.com", 'ann@xn--bcher-kva.example'])(
    'that is %j is written to',
    async (to) => {
      expect(await send({ to })).toMatchObject({ kind: 'accepted' });
      expect(await taken()).toMatchObject([{ to: [to] }]);
    },
  );
});
