import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const workspaceRoot = join(import.meta.dirname, '../../..');

const samples = {
  'an app imports a library': ['apps/order', `import { contracts } from '@distributed-patterns/contracts';`],
  'an app imports another app by its path': ['apps/order', `import { stock } from '../../inventory/src/stock.ts';`],
  'an app imports another app by its name': ['apps/order', `import { stock } from '@distributed-patterns/inventory';`],
  'a tool imports an app by its name': [
    'tools/local-cloud',
    `import { stock } from '@distributed-patterns/inventory/src/stock.ts';`,
  ],
  'an app imports a tool': ['apps/order', `import { startCloud } from '@distributed-patterns/local-cloud';`],
  'a library imports an app': ['libs/messaging', `import { order } from '../../../apps/order/src/order.ts';`],
  'contracts import zod and themselves': [
    'libs/contracts',
    `import * as z from 'zod'; import { money } from './money.ts';`,
  ],
  'contracts import anything else': ['libs/contracts', `import { randomUUID } from 'node:crypto';`],
} as const;
type Sample = keyof typeof samples;

let messages: ReadonlyMap<string, readonly string[]>;

/** What ESLint says of each sample, in a file of that project. */
beforeAll(() => {
  const run = (args: string[], input = '') =>
    execFileSync(process.execPath, args, {
      cwd: workspaceRoot,
      input,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'pipe'],
    });
  // The rule reads the project graph that Nx keeps; a first run has to make it.
  if (!existsSync(join(workspaceRoot, '.nx/workspace-data/project-graph.json'))) {
    run(['node_modules/nx/bin/nx.js', 'show', 'projects']);
  }
  const files = Object.values(samples).map(([project, text]) => ({ file: `${project}/src/sample.ts`, text }));
  const output = run(['tools/nx-plugin/src/lint-samples.ts'], JSON.stringify(files));
  const found = z.array(z.array(z.string())).parse(JSON.parse(output));
  messages = new Map(Object.keys(samples).map((name, index) => [name, found[index] ?? []]));
}, 60_000);

describe('who may import whom', () => {
  it.each<Sample>(['an app imports a library', 'contracts import zod and themselves'])('%s: allowed', (sample) => {
    expect(messages.get(sample)).toEqual([]);
  });

  it.each<[Sample, string]>([
    ['an app imports another app by its path', 'cannot be imported by a relative or absolute path'],
    ['an app imports another app by its name', 'apps meet on the bus only'],
    ['a tool imports an app by its name', 'apps meet on the bus only'],
    ['an app imports a tool', 'type:app'],
    ['a library imports an app', 'cannot be imported by a relative or absolute path'],
    ['contracts import anything else', 'they may import zod only'],
  ])('%s: refused', (sample, reason) => {
    expect(messages.get(sample)).toEqual([expect.stringContaining(reason)]);
  });
});
