/** Comparison with a block of IP addresses. */
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { invalidPattern } from './pattern-error.ts';

const LOOKS_LIKE_IPV4 = /^\d+\.\d+\.\d+\.\d+$/;
const LOOKS_LIKE_IPV6 = /^[0-9a-fA-F:]*:[0-9a-fA-F:]*$/;

/**
 * Compiles a block of IPv4 or IPv6 addresses, as in `10.0.0.0/24`
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html#eb-filtering-ip-matching).
 * A block of a single address is refused, on AWS too: that is what equality is for.
 * @throws AwsError InvalidEventPatternException
 */
export function compileAddressBlock(operand: unknown): (text: string) => boolean {
  // AWS names the wrong comparison here.
  if (typeof operand !== 'string') throw invalidPattern('prefix match pattern must be a string');
  const [address = '', mask = '', ...more] = operand.split('/');
  if (mask === '' || more.length > 0) throw invalidPattern("Malformed CIDR, one '/' required");
  if (!/^[+-]?\d{1,9}$/.test(mask)) throw invalidPattern('Malformed CIDR, mask bits must be an integer');
  const bits = Number(mask);
  if (bits < 0) throw invalidPattern('Malformed CIDR, mask bits must not be negative');
  const family = familyOf(address);
  if (family === 'ipv4' && bits > 31) throw invalidPattern('IPv4 mask bits must be < 32');
  if (family === 'ipv6' && bits > 127) throw invalidPattern('IPv6 mask bits must be < 128');
  const block = new BlockList();
  block.addSubnet(address, bits, family);
  return (text) => (isIPv4(text) || isIPv6(text)) && block.check(text, isIPv4(text) ? 'ipv4' : 'ipv6');
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  if (!LOOKS_LIKE_IPV4.test(address) && !LOOKS_LIKE_IPV6.test(address))
    throw invalidPattern(`Nonstandard IP address: ${address}`);
  if (isIPv4(address)) return 'ipv4';
  if (isIPv6(address)) return 'ipv6';
  throw invalidPattern(`Invalid IP address: ${address}`);
}
