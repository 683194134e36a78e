/** What the mails look like: plain text with aligned columns, and HTML as mail clients render it, with inline styles. */

/** The lines of an order, every value formatted. */
export interface Lines {
  readonly rows: readonly {
    readonly quantity: string;
    readonly product: string;
    readonly price: string;
    readonly sum: string;
  }[];
  readonly totalLabel: string;
  readonly total: string;
}

/** What a mail consists of. */
export interface Letter {
  readonly orderId: string;
  readonly heading: string;
  readonly paragraphs: readonly string[];
  readonly reason?: string;
  readonly lines?: Lines;
}

/** Controls, line breaks among them, and what turns the direction of what follows. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/** A value on one line, in which nothing but its own words can be read. */
export function singleLine(value: string): string {
  return value.replaceAll(UNPRINTABLE, ' ');
}

export function renderText({ heading, paragraphs, reason, lines, orderId }: Letter): string {
  const parts = [
    heading,
    ...paragraphs,
    ...(reason === undefined ? [] : [`The reason: ${singleLine(reason)}`]),
    ...(lines === undefined ? [] : [textTable(lines)]),
    `Order ${singleLine(orderId)}`,
  ];
  return `${parts.join('\n\n')}\n`;
}

function textTable({ rows, totalLabel, total }: Lines): string {
  const header = { quantity: 'Qty', product: 'Product', price: 'Price', sum: 'Sum' };
  const shown = [header, ...rows.map((row) => ({ ...row, product: singleLine(row.product) }))];
  const widest = (texts: readonly string[]) => Math.max(...texts.map((text) => text.length));
  const quantities = widest(shown.map(({ quantity }) => quantity));
  const products = widest(shown.map(({ product }) => product));
  const prices = widest(shown.map(({ price }) => price));
  const sums = widest([total, ...shown.map(({ sum }) => sum)]);
  const table = shown.map(({ quantity, product, price, sum }) =>
    [quantity.padStart(quantities), product.padEnd(products), price.padStart(prices), sum.padStart(sums)].join('  '),
  );
  const width = quantities + products + prices + sums + 6;
  // A narrow table still has room for the label.
  const totalLine = `${totalLabel}  ${total.padStart(width - totalLabel.length - 2)}`;
  return [...table, '-'.repeat(totalLine.length), totalLine].join('\n');
}

const FONT = 'font-family:-apple-system,BlinkMacSystemFont,Segoe UI,Roboto,Helvetica,Arial,sans-serif';
const INK = '#1d2330';
const SOFT = '#626a75';
const LINE = '#e3e6eb';

/** Where somebody else's words stand: one that is wider than the page would widen the page. */
const WORDS = 'word-break:break-word';

/** Tables hold the layout, since that is what every mail client knows; nothing is fetched, and nothing can run. */
export function renderHtml({ heading, paragraphs, reason, lines, orderId }: Letter): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light"><title>${escaped(heading)}</title></head>
<body style="margin:0;padding:0;background-color:#f4f5f7">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="background-color:#f4f5f7"><tr><td align="center" style="padding:32px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="max-width:560px;background-color:#ffffff;border:1px solid ${LINE};border-radius:8px"><tr><td style="padding:32px;${FONT};font-size:16px;line-height:24px;color:${INK}">
<h1 style="margin:0 0 16px;font-size:24px;line-height:32px;font-weight:600;color:${INK}">${escaped(heading)}</h1>
${paragraphs.map((paragraph) => `<p style="margin:0 0 16px">${escaped(paragraph)}</p>`).join('\n')}
${reason === undefined ? '' : htmlReason(reason)}${lines === undefined ? '' : htmlTable(lines)}<p style="margin:24px 0 0;font-size:13px;line-height:20px;color:${SOFT};${WORDS}">Order ${escaped(orderId)}</p>
</td></tr></table>
</td></tr></table>
</body>
</html>
`;
}

function htmlReason(reason: string): string {
  const style = `margin:0 0 16px;padding:12px 16px;background-color:#fdf3e7;border-left:4px solid #d9822b;${WORDS}`;
  return `<p style="${style}">${escaped(reason)}</p>\n`;
}

function htmlTable({ rows, totalLabel, total }: Lines): string {
  const head = (name: string, align: string) =>
    `<th scope="col" align="${align}" style="padding:8px 4px;border-bottom:2px solid ${LINE};font-size:13px;font-weight:600;color:${SOFT}">${name}</th>`;
  const cell = (value: string, align: string, more = '') =>
    `<td align="${align}" style="padding:8px 4px;border-bottom:1px solid ${LINE}${more}">${escaped(value)}</td>`;
  const number = ';white-space:nowrap';
  const body = rows.map(
    ({ quantity, product, price, sum }) =>
      `<tr>${cell(quantity, 'right', number)}${cell(product, 'left', `;${WORDS}`)}${cell(price, 'right', number)}${cell(sum, 'right', number)}</tr>`,
  );
  const last = 'padding:12px 4px 0;font-weight:600';
  return `<table width="100%" cellpadding="0" cellspacing="0" border="0" style="border-collapse:collapse;font-size:15px;line-height:22px;color:${INK}">
<tr>${head('Qty', 'right')}${head('Product', 'left')}${head('Price', 'right')}${head('Sum', 'right')}</tr>
${body.join('\n')}
<tr><th scope="row" colspan="3" align="left" style="${last}">${escaped(totalLabel)}</th><td align="right" style="${last}${number}">${escaped(total)}</td></tr>
</table>
`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escaped(text: string): string {
  return singleLine(text).replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}
