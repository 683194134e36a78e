/** Reads the properties that a template declares for a resource. */
import type * as z from 'zod';
import type { DeclaredResource } from '../resource.ts';

/**
 * The properties of a declared resource, checked.
 * @throws Error naming the resource and the property that is unknown or does not fit
 */
export function declaredProperties<Properties>(schema: z.ZodType<Properties>, resource: DeclaredResource): Properties {
  const result = schema.safeParse(resource.properties);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = `${resource.stack}/${resource.logicalId} (${resource.type})`;
  if (issue?.code === 'unrecognized_keys') {
    throw new Error(`${where}: property ${[...issue.path, ...issue.keys].join('.')} is not supported`);
  }
  throw new Error(`${where}: property ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`);
}
