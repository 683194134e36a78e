/** E-mail addresses, judged as SES does before it takes a message. */
import { AwsError } from '../aws-error.ts';

/** An address taken apart: `Shop <orders@shop.example>`. */
export interface Address {
  readonly displayName: string;
  readonly address: string;
  readonly domain: string;
}

/** RFC 5321 (https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1): the longest local part and the longest address. */
const LONGEST_LOCAL_PART = 64;
const LONGEST_ADDRESS = 320;
/** RFC 5322: the longest line of a header, which holds address and display name. */
const LONGEST_LINE = 998;

/**
 * Reads an address with or without a display name.
 * @see https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_Destination.html
 * @throws AwsError BadRequestException; a line break, which would start a header of its own, is refused like any illegal character
 */
export function parseAddress(text: string): Address {
  if (text.length > LONGEST_LINE) throw illegal('Address is too long');
  const [, displayName = '', named = '', bare = ''] = /^\s*(?:(.*?)\s*<([^<>]*)>|([^<>]*?))\s*$/s.exec(text) ?? [];
  const address = named || bare;
  const at = address.lastIndexOf('@');
  const localPart = address.slice(0, Math.max(at, 0));
  const domain = address.slice(at + 1);
  if (at < 1 || domain === '') throw illegal("Missing final '@domain'");
  if (hasControl(displayName) || /\s/.test(localPart) || hasControl(localPart)) {
    throw illegal('Local address contains control or whitespace');
  }
  if (/[^\x20-\x7e]/.test(localPart)) throw illegal('Local address contains non-ASCII characters');
  if (localPart.length > LONGEST_LOCAL_PART || address.length > LONGEST_ADDRESS) throw illegal('Address is too long');
  if (!isDotAtom(localPart)) throw illegal('Illegal address');
  if (!isDomain(domain)) throw illegal('Domain contains illegal character');
  return { displayName: displayName.replace(/^"(.*)"$/, '$1'), address, domain: domain.toLowerCase() };
}

function isDotAtom(localPart: string): boolean {
  const atom = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+";
  return new RegExp(`^(${atom}(\\.${atom})*|"[^"\\\\]*")$`).test(localPart);
}

function isDomain(domain: string): boolean {
  const labels = domain.split('.');
  return labels.length > 1 && labels.every((label) => /^[\p{L}\p{N}]([\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?$/u.test(label));
}

function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}

function illegal(message: string): AwsError {
  return new AwsError('BadRequestException', message);
}
