/** How a service takes over the resources that a template declares for it. */

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
