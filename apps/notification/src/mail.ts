/** What the mails say. Values of an order or a reason are other people's words: they stay words, in text and in HTML. */
import type { CustomerOrder, Reason } from '@distributed-patterns/contracts';
import { type Letter, renderHtml, renderText, singleLine } from './mail-layout.ts';
import { price } from './price.ts';

/** A mail without its address. */
export interface Mail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Says what is true when it is sent: completion may still be refused. */
export function paidMail(order: CustomerOrder, locale: string): Mail {
  return mail(`We have received your order ${order.orderId}`, {
    orderId: order.orderId,
    heading: 'Thank you for your order',
    paragraphs: ['We have received it and your payment.'],
    lines: linesOf(order, 'Total', locale),
  });
}

/** Takes back what the mail before it said. */
export function correctionMail(orderId: string): Mail {
  return mail(`Correction: your order ${orderId} was not completed`, {
    orderId,
    heading: 'A correction about your order',
    paragraphs: [
      'We wrote to you that we had received your order and your payment.',
      'We could not complete the order after all. Your payment is being returned in full.',
    ],
  });
}

/** The order has failed, and why. */
export function failedMail(order: CustomerOrder & { readonly reason: Reason }, locale: string): Mail {
  return mail(`Your order ${order.orderId} could not be completed`, {
    orderId: order.orderId,
    heading: 'We could not complete your order',
    paragraphs: ['We are sorry. Nothing remains charged; if you have paid, it is returned in full.'],
    reason: order.reason.message,
    lines: linesOf(order, 'Order total', locale),
  });
}

/** The order was cancelled, as the customer asked. */
export function cancelledMail(order: CustomerOrder, locale: string): Mail {
  return mail(`Your order ${order.orderId} was cancelled`, {
    orderId: order.orderId,
    heading: 'Your order is cancelled',
    paragraphs: ['As you asked, we have cancelled your order. Nothing is charged for it.'],
    lines: linesOf(order, 'Order total', locale),
  });
}

function linesOf({ items, total }: CustomerOrder, totalLabel: string, locale: string): Letter['lines'] {
  const rows = items.map(({ productId, quantity, unitPrice: { amount, currency } }) => ({
    quantity: new Intl.NumberFormat(locale).format(quantity),
    product: productId,
    price: price({ amount, currency }, locale),
    sum: price({ amount: BigInt(amount) * BigInt(quantity), currency }, locale),
  }));
  return { rows, totalLabel, total: price(total, locale) };
}

/** A subject is one header: what could begin another is not left in it. */
function mail(subject: string, letter: Letter): Mail {
  return { subject: singleLine(subject), text: renderText(letter), html: renderHtml(letter) };
}
