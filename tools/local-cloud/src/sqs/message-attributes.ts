/** Message attributes: what is allowed in them, how large they are, and the digests that clients verify. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { invalidParameter } from './errors.ts';
import { forbiddenCharacter } from './message-content.ts';

/** A message attribute as it comes over JSON; binary values are base64 text. */
export const attributeValue = z.strictObject({
  DataType: z.string(),
  StringValue: z.string().optional(),
  BinaryValue: z.string().optional(),
});

/** One attribute: its data type and its value. */
export type AttributeValue = z.infer<typeof attributeValue>;
/** The attributes of one message, by name. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

const NAME = /^(?!\.)(?!.*\.\.)[A-Za-z0-9_.-]{1,256}(?<!\.)$/;
const RESERVED_NAME = /^(aws|amazon)\./i;
const DATA_TYPE = /^(String|Number|Binary)(\..+)?$/;
const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/;
const SMALLEST_NUMBER = 1e-128;
const LARGEST_NUMBER = 1e126;
const MOST_ATTRIBUTES = 10;

/**
 * Checks attributes against
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html.
 * @throws AwsError InvalidParameterValueException
 */
export function checkAttributes(attributes: Attributes): void {
  const entries = Object.entries(attributes);
  if (entries.length > MOST_ATTRIBUTES) {
    throw invalidParameter(
      `Number of message attributes [${entries.length}] exceeds the allowed maximum [${MOST_ATTRIBUTES}].`,
    );
  }
  for (const [name, value] of entries) checkAttribute(name, value);
}

function checkAttribute(name: string, value: AttributeValue): void {
  if (!NAME.test(name) || RESERVED_NAME.test(name)) {
    throw invalidParameter(`The message attribute name '${name}' is not valid.`);
  }
  const logicalType = DATA_TYPE.exec(value.DataType)?.[1];
  if (logicalType === undefined || value.DataType.length > 256) {
    throw invalidParameter(
      `The type of message (user) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
    );
  }
  const text = logicalType === 'Binary' ? value.BinaryValue : value.StringValue;
  if (text === undefined || text === '') {
    throw invalidParameter(
      `Message (user) attribute '${name}' must contain a non-empty value of type '${logicalType}'.`,
    );
  }
  const forbidden = logicalType === 'Binary' ? undefined : forbiddenCharacter(text);
  if (forbidden !== undefined) {
    throw invalidParameter(
      `Invalid binary character '${forbidden}' was found in the value of message (user) attribute '${name}'.`,
    );
  }
  if (logicalType === 'Number' && !isNumber(text)) {
    throw invalidParameter(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  }
}

/** Decimal, nought or from 10⁻¹²⁸ to 10¹²⁶ in size, as the page above says. */
function isNumber(text: string): boolean {
  const size = Math.abs(Number(text));
  return NUMBER.test(text) && (size === 0 || (size >= SMALLEST_NUMBER && size <= LARGEST_NUMBER));
}

/** What attributes add to the size of a message in bytes: names, data types and values count. */
export function attributesSize(attributes: Attributes): number {
  return Object.entries(attributes).reduce((sum, [name, value]) => {
    return sum + Buffer.byteLength(name) + Buffer.byteLength(value.DataType) + valueBytes(value).length;
  }, 0);
}

/** MD5 of a text in hexadecimal, as in `MD5OfMessageBody`. */
export function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

/**
 * `MD5OfMessageAttributes`: names in order; of each, name, data type, transport type and value, with lengths
 * (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html#sqs-attributes-md5-message-digest-calculation).
 */
export function md5OfAttributes(attributes: Attributes): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash('md5');
  for (const name of names) {
    const value = attributes[name];
    if (value === undefined) continue;
    const bytes = valueBytes(value);
    hash.update(withLength(Buffer.from(name))).update(withLength(Buffer.from(value.DataType)));
    hash.update(Buffer.of(value.DataType.startsWith('Binary') ? 2 : 1)).update(withLength(bytes));
  }
  return hash.digest('hex');
}

function valueBytes(value: AttributeValue): Buffer {
  return value.DataType.startsWith('Binary')
    ? Buffer.from(value.BinaryValue ?? '', 'base64')
    : Buffer.from(value.StringValue ?? '');
}

function withLength(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
