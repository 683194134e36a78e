/** Money in integer minor units plus currency; decimals exist only at the HTTP edge. */
import * as z from 'zod';

/** An amount in minor units (cents): 1299.99 US dollars are `{ amount: 129999, currency: 'USD' }`. */
export const moneySchema = z.object({
  amount: z.int().nonnegative(),
  currency: z.string().regex(/^[A-Z]{3}$/),
});
export type Money = z.infer<typeof moneySchema>;

/** The one currency of the catalogue; two minor digits (ISO 4217). */
export const CURRENCY = 'USD';

const MINOR_UNITS = 100;

/** Whether a decimal has at most two places, judged on its shortest form, so that no rounding creeps in. */
export function hasCents(decimal: number): boolean {
  return /^-?\d+(\.\d{1,2})?$/.test(String(decimal));
}

/** A decimal price as money. Meant for decimals that {@link hasCents}; rounding undoes binary fractions. */
export function fromDecimal(decimal: number): Money {
  return { amount: Math.round(decimal * MINOR_UNITS), currency: CURRENCY };
}

/** Money as the decimal that the HTTP API speaks: the nearest double, which prints as written. */
export function toDecimal(money: Money): number {
  return money.amount / MINOR_UNITS;
}
