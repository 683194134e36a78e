/** local-cloud: the AWS services that the apps use, on one machine. */
export { startCloud, type Cloud, type CloudOptions } from './cloud.ts';
export type { Fault, FaultEffect } from './faults.ts';
export { findStacks, type LoadedStack, type SynthesizedStack } from './templates/index.ts';
