import type { CustomerOrder } from '@distributed-patterns/contracts';
import { cancelledMail, correctionMail, failedMail, type Mail, paidMail } from './mail.ts';

const ORDER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';
const order = (productId = 'laptop', total = { amount: 264_998, currency: 'USD' }): CustomerOrder => ({
  orderId: ORDER,
  customerId: 'customer-123',
  items: [
    { productId, quantity: 2, unitPrice: { amount: 129_999, currency: 'USD' } },
    { productId: 'mouse', quantity: 1, unitPrice: { amount: 5_000, currency: 'USD' } },
  ],
  total,
});
const hostile = `<script>alert("it's")</script>&amp;`;

/** What is between the tags of a page, so that no value can be one. */
const tags = ({ html }: Mail): string[] => [...html.matchAll(/<[^>]*>/g)].map(([tag]) => tag.replace(/\s.*/, ''));

describe('the mail about a paid order', () => {
  it('tells what was ordered, and what it costs, to the cent', () => {
    const { subject, text } = paidMail(order());
    expect(subject).toContain(ORDER);
    expect(text).toContain('2 × laptop at $1,299.99');
    expect(text).toContain('1 × mouse at $50.00');
    expect(text).toContain('Total: $2,649.98');
  });

  it('claims no more than is true: completion may still be refused', () => {
    expect(paidMail(order()).text).not.toMatch(/complete|confirmed|shipped/i);
  });

  it.each([
    ['USD', '$1,234.56'],
    ['EUR', '€1,234.56'],
    ['JPY', '¥123,456'],
    ['KWD', 'KWD\u00a0123.456'],
  ])('knows how many minor digits %s has', (currency, formatted) => {
    expect(paidMail(order('laptop', { amount: 123_456, currency })).text).toContain(`Total: ${formatted}\n`);
  });
});

it('the mail about a failed order says why', () => {
  const { subject, text } = failedMail({ orderId: ORDER, reason: { code: 'OUT_OF_STOCK', message: 'None are left.' } });
  expect(subject).toContain(ORDER);
  expect(text).toContain('None are left.');
});

describe('every mail', () => {
  const mails: [string, Mail][] = [
    ['paid', paidMail(order(hostile))],
    ['correction', correctionMail(hostile)],
    ['failed', failedMail({ orderId: hostile, reason: { code: 'A', message: hostile } })],
    ['cancelled', cancelledMail({ orderId: hostile })],
  ];

  it.each(mails)('holds hostile values as text only: %s', (_kind, mail) => {
    expect(mail.html).toContain('&lt;script&gt;alert(&quot;it&#39;s&quot;)&lt;/script&gt;&amp;amp;');
    expect(new Set(tags(mail))).toEqual(
      new Set([
        '<!doctype',
        '<html',
        '<head>',
        '<meta',
        '<title>',
        '</title>',
        '</head>',
        '<body>',
        '<p>',
        '</p>',
        '</body>',
        '</html>',
      ]),
    );
  });

  it.each(mails)('says the same as text, unescaped: %s', (_kind, { subject, text }) => {
    expect(`${subject}\n${text}`).toContain(hostile);
    expect(text).not.toContain('&lt;');
    expect(text).not.toContain('<p>');
  });
});
