/** How a service takes over the resources that a template declares for it. */
import type * as z from 'zod';

/** A resource with every intrinsic resolved. */
export interface DeclaredResource {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** What other resources may refer to: `Ref` and the attributes of `Fn::GetAtt`. */
export interface ResourceIdentity {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * Declares resources of one service, by CloudFormation type. Called on every start, in order of reference:
 * a provider keeps configuration in memory and creates durable state only where there is none yet.
 * @throws Error naming a property that is not supported
 */
export type ResourceProviders = Readonly<Record<string, (resource: DeclaredResource) => ResourceIdentity>>;

/**
 * The properties of a resource as `schema` reads them; a strict schema refuses what is not supported.
 * @throws Error naming the property
 */
export function propertiesOf<Output>(resource: DeclaredResource, schema: z.ZodType<Output>): Output {
  const result = schema.safeParse(resource.properties);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `the property ${[...issue.path, issue.keys.join(', ')].join('.')} is not supported`
      : `the property ${issue.path.join('.')} does not fit: ${issue.message}`,
  );
  throw new Error(problems.join('; '));
}
