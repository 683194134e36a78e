/** The texts of the mails, as plain text and as HTML with every value escaped. */
import type { CustomerOrder, Money, Reason } from '@distributed-patterns/contracts';

/** A mail without its address. */
export interface Mail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Says what is true when it is sent: completion may still be refused. */
export function paidMail({ orderId, items, total }: CustomerOrder): Mail {
  return mail(`We have received your order ${orderId}`, [
    'Thank you for your order. We have received it and your payment.',
    ...items.map(({ productId, quantity, unitPrice }) => `${quantity} × ${productId} at ${formatted(unitPrice)}`),
    `Total: ${formatted(total)}`,
  ]);
}

/** Takes back what the mail before it said. */
export function correctionMail(orderId: string): Mail {
  return mail(`Correction: your order ${orderId} was not completed`, [
    'We wrote to you that we had received your order and your payment.',
    'We could not complete the order after all. Your payment is being returned in full.',
  ]);
}

/** The order has failed, and why. */
export function failedMail({ orderId, reason }: { readonly orderId: string; readonly reason: Reason }): Mail {
  return mail(`Your order ${orderId} could not be completed`, [
    'We are sorry: we could not complete your order. Nothing remains charged; if you have paid, it is returned in full.',
    reason.message,
  ]);
}

/** The order was cancelled, as the customer asked. */
export function cancelledMail({ orderId }: { readonly orderId: string }): Mail {
  return mail(`Your order ${orderId} was cancelled`, [
    'As you asked, we have cancelled your order. Nothing is charged for it.',
  ]);
}

function mail(subject: string, lines: readonly string[]): Mail {
  const paragraphs = lines.map((line) => `<p>${escaped(line)}</p>`).join('\n');
  const html = `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${escaped(subject)}</title></head>\n<body>\n${paragraphs}\n</body></html>\n`;
  return { subject, text: `${lines.join('\n\n')}\n`, html };
}

function formatted({ amount, currency }: Money): string {
  const format = new Intl.NumberFormat('en-US', { style: 'currency', currency });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
