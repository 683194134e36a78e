/** The order in which a stack's resources are declared: what is referred to comes first. */
import { intrinsicOf, substitutionsIn } from './intrinsics.ts';
import type { Template, TemplateResource } from './template.ts';

/**
 * The logical ids in order of reference and of DependsOn, otherwise as the template has them.
 * @throws Error naming the resources of a circle, or what a DependsOn names in vain
 */
export function inOrderOfReference(resources: Template['Resources']): string[] {
  const ordered = new Set<string>();
  const visit = (logicalId: string, path: readonly string[]): void => {
    if (ordered.has(logicalId)) return;
    const resource = resources[logicalId];
    if (resource === undefined) return;
    if (path.includes(logicalId)) throw new Error(`circular reference: ${[...path, logicalId].join(' → ')}`);
    const unknown = resource.DependsOn.find((needed) => resources[needed] === undefined);
    if (unknown !== undefined)
      throw new Error(`${logicalId}: DependsOn names ${unknown}, which is not in this template`);
    for (const needed of neededBy(resource)) visit(needed, [...path, logicalId]);
    ordered.add(logicalId);
  };
  for (const logicalId of Object.keys(resources)) visit(logicalId, []);
  return [...ordered];
}

function neededBy(resource: TemplateResource): Set<string> {
  return new Set([...resource.DependsOn, ...referencesIn(resource.Properties)]);
}

/** Every name in `Ref`, `Fn::GetAtt` and `Fn::Sub`, those of parameters and pseudo parameters included. */
function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== 'object' || value === null) return [];
  const intrinsic = intrinsicOf(value);
  if (intrinsic?.name === 'Ref') return [String(intrinsic.argument)];
  if (intrinsic?.name === 'Fn::GetAtt') return [owner(intrinsic.argument)];
  const inside = Object.values(value).flatMap(referencesIn);
  return intrinsic?.name === 'Fn::Sub' ? [...inside, ...substituted(intrinsic.argument)] : inside;
}

function substituted(argument: unknown): string[] {
  const template: unknown = Array.isArray(argument) ? argument[0] : argument;
  return substitutionsIn(String(template)).map(owner);
}

/** The resource whose attribute is meant, in a list or before the first dot. */
function owner(attribute: unknown): string {
  const first: unknown = Array.isArray(attribute) ? attribute[0] : attribute;
  return String(first).split('.', 1)[0] ?? '';
}
