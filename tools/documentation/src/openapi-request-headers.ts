/** The request headers that more than one route takes. */
import * as z from 'zod';

/** A key as it is, of visible ASCII without comma and quote; or as a string of the Structured Fields (RFC 9651, section 3.3.3). */
const idempotencyKeySchema = z.string().regex(/^(?:[!#-+\--~]{1,255}| *"(?:[ !#-[\]-~]|\\["\\]){1,255}" *)$/);

/**
 * The two names of an idempotency key.
 * @param thing what the client makes the key for
 */
export function idempotencyKey(thing: string, { isRequired = false } = {}): z.ZodObject {
  const schema = isRequired ? idempotencyKeySchema : idempotencyKeySchema.optional();
  return z.object({
    'Idempotency-Key': schema.meta({
      param: {
        description: `Any text that the client makes for this one ${thing}, such as a uuid: 1 to 255 visible ASCII characters without comma and quote, or a quoted string (draft-ietf-httpapi-idempotency-key-header); \`"abc"\` and \`abc\` are the same key. It holds for ten minutes, where the stage says nothing else.`,
      },
    }),
    'X-Idempotency-Key': idempotencyKeySchema.optional().meta({
      param: {
        description: `Another name of the same header. Where both are sent they must have the same key${isRequired ? '; it alone will do, too' : ''}.`,
      },
    }),
  });
}

/** What a client sends that has asked before. */
export const ifNoneMatch = z.object({
  'If-None-Match': z
    .string()
    .optional()
    .meta({
      param: { description: 'The `ETag` of an earlier answer, or several, or `*` (RFC 9110, section 13.1.2).' },
    }),
});
