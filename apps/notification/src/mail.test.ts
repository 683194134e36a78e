import type { CustomerOrder } from '@distributed-patterns/contracts';
import { cancelledMail, correctionMail, failedMail, type Mail, paidMail } from './mail.ts';

const LOCALE = 'en-US';
const ORDER = '0199a7c2-5b1e-7c3a-9d2f-3e8b6a1f4c70';
const order: CustomerOrder = {
  orderId: ORDER,
  customerId: 'customer-123',
  items: [
    { productId: 'laptop', quantity: 2, unitPrice: { amount: 129_999, currency: 'USD' } },
    { productId: 'mouse', quantity: 10, unitPrice: { amount: 500, currency: 'USD' } },
  ],
  total: { amount: 264_998, currency: 'USD' },
};
const reason = { code: 'OUT_OF_STOCK', message: 'None are left.' };

/** An order that says this wherever a text can stand. */
const saying = (text: string) => ({
  orderId: text,
  customerId: text,
  customerEmail: text,
  items: [{ productId: text, quantity: 1, unitPrice: { amount: 1, currency: 'USD' } }],
  total: { amount: 1, currency: 'USD' },
  reason: { code: text, message: text },
});

type About = ReturnType<typeof saying>;
const kinds: readonly [string, (about: About) => Mail][] = [
  ['paid', (about) => paidMail(about, LOCALE)],
  ['correction', ({ orderId }) => correctionMail(orderId)],
  ['failed', (about) => failedMail(about, LOCALE)],
  ['cancelled', (about) => cancelledMail(about, LOCALE)],
];

describe('the mail about a paid order', () => {
  it('tells what was ordered, and what it costs, in columns', () => {
    expect(paidMail(order, LOCALE).text).toBe(`Thank you for your order

We have received it and your payment.

Qty  Product      Price        Sum
  2  laptop   $1,299.99  $2,599.98
 10  mouse        $5.00     $50.00
----------------------------------
Total                    $2,649.98

Order ${ORDER}
`);
  });

  it('has the same values as HTML', () => {
    const { html } = paidMail(order, LOCALE);
    const cells = [...html.matchAll(/<t[dh][^>]*>([^<\n]+)<\/t[dh]>/g)].map(([, value]) => value);
    expect(cells).toEqual([
      ...['Qty', 'Product', 'Price', 'Sum'],
      ...['2', 'laptop', '$1,299.99', '$2,599.98'],
      ...['10', 'mouse', '$5.00', '$50.00'],
      ...['Total', '$2,649.98'],
    ]);
  });

  it('claims no more than is true: completion may still be refused', () => {
    const { subject, text, html } = paidMail(order, LOCALE);
    expect(subject).toContain(ORDER);
    expect(`${subject} ${text} ${html}`).not.toMatch(/complete|confirmed|shipped/i);
  });

  it('writes numbers and amounts as the stage’s locale does', () => {
    const unitPrice = { amount: 123_456, currency: 'EUR' };
    const items = [{ productId: 'laptop', quantity: 1_000, unitPrice }];
    const { text } = paidMail({ ...order, items, total: { amount: 264_998, currency: 'EUR' } }, 'de-DE');
    expect(text).toMatch(/1\.000 +laptop +1\.234,56\u00a0€ +1\.234\.560,00\u00a0€\n/);
    expect(text).toMatch(/Total +2\.649,98\u00a0€\n/);
  });

  it('sums a line without losing a cent, however large', () => {
    const unitPrice = { amount: Number.MAX_SAFE_INTEGER, currency: 'USD' };
    const { text } = paidMail({ ...order, items: [{ productId: 'island', quantity: 3, unitPrice }] }, LOCALE);
    expect(text).toContain('  $270,215,977,642,229.73\n');
  });
});

describe('the mail about a failed order', () => {
  it('says why, and what it was about', () => {
    const { subject, text, html } = failedMail({ ...order, reason }, LOCALE);
    expect(subject).toBe(`Your order ${ORDER} could not be completed`);
    expect(text).toContain('The reason: None are left.\n');
    expect(html).toContain('>None are left.</p>');
    expect(text).toMatch(/Order total +\$2,649\.98\n/);
  });
});

describe('the mail about a cancelled order', () => {
  it('says that nothing is charged', () => {
    const { subject, text } = cancelledMail(order, LOCALE);
    expect(subject).toBe(`Your order ${ORDER} was cancelled`);
    expect(text).toContain('Nothing is charged for it.');
    expect(text).toContain('laptop');
  });
});

it('a correction takes back what the mail before it said', () => {
  const { subject, text } = correctionMail(ORDER);
  expect(subject).toBe(`Correction: your order ${ORDER} was not completed`);
  expect(text).toContain('Your payment is being returned in full.');
});

describe.each(kinds)('the mail of the kind %s', (_kind, mailAbout) => {
  /** The tags of a page, with what is between quotes left out. */
  const tagsOf = ({ html }: Mail) => html.match(/<[^>]*>/g)?.map((tag) => tag.replaceAll(/"[^"]*"/g, '""'));
  const harmless = mailAbout(saying('laptop'));
  const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

  it.each([
    ['a script', '<script>alert(1)</script>'],
    ['a picture that fails', '<img src=x onerror=alert(1)>'],
    ['the end of an attribute', `" onmouseover="alert(1)" x="`],
    ['the end of an attribute in apostrophes', `' onmouseover='alert(1)`],
    ['the end of a title', '</title><script>alert(1)</script>'],
    ['a comment', '<!-- --><style>*{display:none}</style>'],
    ['an entity', '&lt;script&gt;alert(1)&lt;/script&gt;'],
    ['a pattern of replacement', "$& $1 $` $'"],
  ])('holds %s as words, in HTML and in text', (_what, hostile) => {
    const mail = mailAbout(saying(hostile));
    expect(tagsOf(mail)).toEqual(tagsOf(harmless));
    expect(mail.text).toContain(hostile);
    expect(mail.subject).toContain(hostile);
    const words = mail.html.replaceAll(/<[^>]*>/g, '').replaceAll(/&#39;|&quot;|&lt;|&gt;|&amp;/g, (entity) => {
      return { '&#39;': "'", '&quot;': '"', '&lt;': '<', '&gt;': '>', '&amp;': '&' }[entity] ?? entity;
    });
    expect(words).toContain(hostile);
  });

  it.each([
    ['a header', 'x\r\nBcc: eve@example.com\r\n\r\nbody'],
    ['a lone line feed', 'x\nBcc: eve@example.com'],
    ['a next line', 'x\u0085Bcc: eve@example.com'],
    ['a separator of lines', 'x\u2028Bcc: eve@example.com'],
    ['a separator of paragraphs', 'x\u2029Bcc: eve@example.com'],
    ['a turn of direction', 'x\u202egpj.exe'],
    ['marks of direction', 'x\u061c\u200e\u200f\u202a\u202b\u202c\u202dy'],
    ['isolates of direction', 'x\u2066\u2067\u2068\u2069y'],
    ['an escape of a terminal', 'x\u001b[2J'],
    ['a null', 'x\u0000y'],
  ])('keeps %s on one line', (_what, hostile) => {
    const { subject, text, html } = mailAbout(saying(hostile));
    expect(subject).not.toMatch(UNPRINTABLE);
    expect(text.split('\n')).toHaveLength(harmless.text.split('\n').length);
    expect(`${text}${html}`.replaceAll('\n', '')).not.toMatch(UNPRINTABLE);
  });

  it('breaks a word that is wider than the page, wherever it stands', () => {
    const word = 'x'.repeat(500);
    const holders = mailAbout(saying(word)).html.match(new RegExp(`<[^>]*>[^<]*${word}`, 'g')) ?? [];
    expect(holders).not.toEqual([]);
    for (const holder of holders) expect(holder).toContain('word-break:break-word');
  });

  it('fetches nothing, and asks for nothing to be run', () => {
    expect(harmless.html).not.toMatch(/https?:|url\(|<script|<link|<img|<form|\son\w+=/i);
  });
});
