/** Amounts as a reader of the stage's locale expects them, exact to the last minor unit. */

/** An amount that may be larger than money in a message: the sum of a line. */
export interface Amount {
  readonly amount: number | bigint;
  readonly currency: string;
}

/** `$1,299.99`. The decimal reaches Intl as a text, since a double would lose the cents of large sums. */
export function price({ amount, currency }: Amount, locale: string): string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency });
  const decimal = `${amount}E-${format.resolvedOptions().maximumFractionDigits ?? 2}`;
  if (!isNumeric(decimal)) throw new TypeError(`not an amount in minor units: ${amount}`);
  return format.format(decimal);
}

/** Intl reads these exactly (https://tc39.es/ecma402/#sec-tointlmathematicalvalue). */
function isNumeric(text: string): text is `${number}` {
  return /^\d+E-\d+$/.test(text);
}
