/** Where a customer is written to, and what an address is at all. */
import type { CustomerOrder } from '@distributed-patterns/contracts';

/** No `%` and `!`, by which mail was once routed on, and no `=?`, which begins an encoded word: neither is anybody's name. */
const ATOM = "[A-Za-z0-9_'+-]+";
const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?';
const ADDRESS = new RegExp(`^(?=.{1,320}$)(?=[^@]{1,64}@)${ATOM}(?:\\.${ATOM})*@${LABEL}(?:\\.${LABEL})+$`);

/**
 * Whether this is one address and nothing else: no display name, no list, no line break that would begin a header of its
 * own. The contract asks for as much; what stands here holds for whoever else puts an address together. SES takes ASCII
 * only, of a domain its Punycode (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html).
 */
export function isOneBareAddress(text: string): boolean {
  return ADDRESS.test(text);
}

/** The customer's own address, or one on the stage's fallback domain, or none: not every customer's id makes an address. */
export function addressOf(
  { customerId, customerEmail }: Pick<CustomerOrder, 'customerId' | 'customerEmail'>,
  fallbackDomain: string | undefined,
): string | undefined {
  if (customerEmail !== undefined) return customerEmail;
  const fallback = `${customerId}@${fallbackDomain}`;
  return fallbackDomain !== undefined && isOneBareAddress(fallback) ? fallback : undefined;
}
