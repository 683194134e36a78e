/** Every scenario, in the order in which they run. */
import { dynamodb } from './dynamodb.ts';
import { idle } from './idle.ts';
import { latency } from './latency.ts';
import { memory } from './memory.ts';
import { sagas } from './sagas.ts';
import type { Scenario } from './scenario.ts';
import { volume } from './volume.ts';

export const scenarioNames = ['dynamodb', 'sagas', 'latency', 'memory', 'volume', 'idle'] as const;
export type ScenarioName = (typeof scenarioNames)[number];

export const scenarios: Readonly<Record<ScenarioName, Scenario>> = { dynamodb, sagas, latency, memory, volume, idle };

export function isScenarioName(name: string): name is ScenarioName {
  return Object.hasOwn(scenarios, name);
}
