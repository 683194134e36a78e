/** How things are called on AWS and in local-cloud: the prefix, the service, the part, the stage. */
export const prefix = 'distributed-patterns-demo';

/** `distributed-patterns-demo-order-place-order-dev` */
export function functionName(service: string, name: string, stage: string): string {
  return `${prefix}-${service}-${name}-${stage}`;
}

/** Whether a resource belongs to this system in this stage. */
export function isOurs(name: string, stage: string): boolean {
  return name.startsWith(`${prefix}-`) && name.endsWith(`-${stage}`);
}
