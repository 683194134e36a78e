import { customerOrderSchema } from '@distributed-patterns/contracts';
import { addressOf, isOneBareAddress } from './address.ts';

describe('one bare address', () => {
  it.each([
    ['another header', 'ann@example.com\r\nBcc: eve@example.com'],
    ['another header, after a lone line feed', 'ann@example.com\nBcc: eve@example.com'],
    ['another header, after a lone carriage return', 'ann@example.com\rBcc: eve@example.com'],
    ['another header, before the domain', 'ann\r\nBcc:eve@example.com'],
    ['another header, after a separator of lines', 'ann@example.com\u2028Bcc: eve@example.com'],
    ['another header, after a separator of paragraphs', 'ann@example.com\u2029Bcc: eve@example.com'],
    ['another header, after a next line', 'ann@example.com\u0085Bcc: eve@example.com'],
    ['another header, after a vertical tab', 'ann@example.com\u000bBcc: eve@example.com'],
    ['a separator of lines alone', 'ann@example.com\u2028'],
    ['a line feed alone', 'ann@example.com\n'],
    ['a null', 'ann@example.com\u0000'],
    ['a line break in quotes', '"ann\r\n"@example.com'],
    ['an encoded line break', 'ann%0d%0abcc@example.com'],
    ['an encoded word', '=?utf-8?q?eve=40example.org=3e?=@example.com'],
    ['two addresses', 'ann@example.com,eve@example.com'],
    ['two addresses, apart', 'ann@example.com, eve@example.com'],
    ['two addresses, as some programs write them', 'ann@example.com;eve@example.com'],
    ['two addresses, after a wide comma', 'ann@example.com\uff0ceve@example.com'],
    ['two domains', 'ann@eve@example.com'],
    ['a route', 'eve%example.org@example.com'],
    ['a route of hosts', 'example.org!eve@example.com'],
    ['a route of domains', '@example.org:ann@example.com'],
    ['a name', 'Ann <ann@example.com>'],
    ['a name in quotes', '"Ann" <ann@example.com>'],
    ['brackets', '<ann@example.com>'],
    ['quotes', '"ann"@example.com'],
    ['a comment', 'ann(comment)@example.com'],
    ['a group', 'all:ann@example.com;'],
    ['a blank before it', ' ann@example.com'],
    ['a blank after it', 'ann@example.com '],
    ['a tab', 'ann@example.com\t'],
    ['a turn of direction', 'ann@example.com\u202e'],
    ['a letter of no width', 'ann\u200b@example.com'],
    ['two dots', 'ann..lee@example.com'],
    ['a dot at the end of the name', 'ann.@example.com'],
    ['a dot at the end', 'ann@example.com.'],
    ['a name in other letters', 'änn@example.com'],
    ['a domain in other letters', 'ann@bücher.example'],
    ['a domain of one label', 'ann@localhost'],
    ['a number in place of a domain', 'ann@[127.0.0.1]'],
    ['a hyphen before the domain', 'ann@-example.com'],
    ['a name of 65 letters', `${'a'.repeat(65)}@example.com`],
    ['a domain that is too long', `a@${'b.'.repeat(200)}example`],
    ['no domain', 'ann'],
    ['no name', '@example.com'],
    ['nothing', ''],
  ])('has not %s', (_what, text) => {
    expect(isOneBareAddress(text)).toBe(false);
  });

  it.each(['ann@example.com', 'ann.lee+shop@mail.example.com', "o'neil@example.com", 'ann_2-b@xn--bcher-kva.example'])(
    'is %s',
    (text) => {
      expect(isOneBareAddress(text)).toBe(true);
      expect(customerOrderSchema.shape.customerEmail.parse(text)).toBe(text);
    },
  );
});

describe('a customer', () => {
  const ann = { customerId: 'ann', customerEmail: 'ann@mail.example' };

  it.each([
    ['at their own address', ann, 'customers.example', 'ann@mail.example'],
    ['at their own address, where the stage has no domain to fall back on', ann, undefined, 'ann@mail.example'],
    ['at the domain to fall back on, without one', { customerId: 'ann' }, 'customers.example', 'ann@customers.example'],
    ['nowhere, without either', { customerId: 'ann' }, undefined, undefined],
    ['nowhere, where the id makes no address', { customerId: 'ann..lee.' }, 'customers.example', undefined],
  ])('is written to %s', (_where, customer, fallbackDomain, address) => {
    expect(addressOf(customer, fallbackDomain)).toBe(address);
  });
});
