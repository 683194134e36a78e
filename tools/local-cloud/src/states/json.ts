/** JSON as it travels between states: values, their texts, and how large a text may be. */

/** A JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** The largest payload, in bytes (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html). */
export const LARGEST_PAYLOAD = 256 * 1024;

/** The value of a text that is known to be JSON. */
export function fromText(text: string): Json {
  return JSON.parse(text) as Json;
}

/** Whether a text is longer than a payload may be. */
export function exceedsPayload(text: string): boolean {
  // A UTF-16 unit is at most three bytes in UTF-8, so short texts need no counting.
  return text.length * 3 > LARGEST_PAYLOAD && Buffer.byteLength(text) > LARGEST_PAYLOAD;
}

/** Whether a value has members. */
export function isObject(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
