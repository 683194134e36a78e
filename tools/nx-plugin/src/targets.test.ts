import { readdirSync } from 'node:fs';
import { inferTargets } from './targets.ts';

const service = [
  'package.json',
  'tsconfig.json',
  'src/order.ts',
  'src/order.test.ts',
  'src/place-order.handler.ts',
  'infra/main.ts',
];

function targetsOf(root: string, files: string[], deployFirst = 'event-bus') {
  return inferTargets({ root, files }, { deployFirst });
}

describe('the targets of a project', () => {
  it('a service can be checked, built, synthesized and deployed', () => {
    const names = Object.keys(targetsOf('apps/order', service)).sort();
    expect(names).toEqual(['build', 'deploy', 'destroy', 'diff', 'lint', 'synth', 'test', 'typecheck']);
  });

  it('an app without handlers has nothing to build, and its synth waits for nothing', () => {
    const targets = targetsOf('apps/event-bus', ['package.json', 'tsconfig.json', 'infra/main.ts']);
    expect(targets).not.toHaveProperty('build');
    expect(targets['synth']?.dependsOn).toEqual([]);
  });

  it('a library is checked only', () => {
    const names = Object.keys(targetsOf('libs/contracts', ['tsconfig.json', 'src/index.ts'])).sort();
    expect(names).toEqual(['lint', 'typecheck']);
  });

  it('tests of the running system are a target of their own, which waits for every app', () => {
    const targets = targetsOf('tools/system-tests', ['tsconfig.json', 'src/order.e2e.test.ts']);
    expect(targets).not.toHaveProperty('test');
    expect(targets['e2e']?.dependsOn).toEqual([{ projects: ['tag:type:app'], target: 'synth' }]);
    expect(targets['e2e']?.parallelism).toBe(false);
    expect(targets['e2e']?.inputs).toEqual(
      expect.arrayContaining(['{workspaceRoot}/docs/openapi.json', '{workspaceRoot}/apps/*/infra/*.ts']),
    );
  });

  it('long tests are a target that nothing else runs, and never come out of the cache', () => {
    const targets = targetsOf('tools/system-tests', ['tsconfig.json', 'src/crash.full.test.ts']);
    expect(Object.keys(targets).sort()).toEqual(['full', 'lint', 'typecheck']);
    expect(targets['full']).toMatchObject({
      cache: false,
      parallelism: false,
      dependsOn: [{ projects: ['tag:type:app'], target: 'synth' }],
    });
  });

  it('every service is deployed after the bus, and the bus is destroyed after every service', () => {
    const order = targetsOf('apps/order', service);
    const bus = targetsOf('apps/event-bus', ['infra/main.ts']);
    expect(order['deploy']?.dependsOn).toEqual(['synth', { projects: ['apps/event-bus'], target: 'deploy' }]);
    expect(bus['deploy']?.dependsOn).toEqual(['synth']);
    expect(order['destroy']?.dependsOn).toEqual(['synth']);
    expect(bus['destroy']?.dependsOn).toEqual([
      'synth',
      { projects: ['tag:type:app', '!apps/event-bus'], target: 'destroy' },
    ]);
  });

  it('lint and types are one batch, and run again where their executor has changed', () => {
    const { lint, typecheck } = targetsOf('libs/contracts', ['tsconfig.json', 'src/index.ts']);
    expect(lint?.executor).toBe(typecheck?.executor);
    const sources = readdirSync(import.meta.dirname).filter((file) =>
      /^(check|lint-projects|outcome|typecheck-)[^]*(?<!test)\.ts$/.test(file),
    );
    const inputs = sources.map((file) => `{workspaceRoot}/tools/nx-plugin/src/${file}`);
    expect(lint?.inputs).toEqual(expect.arrayContaining(inputs));
    expect(typecheck?.inputs).toEqual(expect.arrayContaining(inputs));
  });

  it('what reaches AWS is never answered from the cache, everything else may be', () => {
    const targets = targetsOf('apps/order', service);
    const cached = Object.keys(targets).filter((name) => targets[name]?.cache === true);
    expect(cached.sort()).toEqual(['build', 'lint', 'synth', 'test', 'typecheck']);
  });

  it('a template that was synthesized for another stage, or with other settings, is not taken from the cache', () => {
    expect(targetsOf('apps/order', service)['synth']?.inputs).toEqual(
      expect.arrayContaining([
        '{workspaceRoot}/stages.json',
        { env: 'STAGE' },
        { env: 'STAGES_FILE' },
        { runtime: 'cat "$STAGES_FILE" 2>/dev/null || true' },
      ]),
    );
  });

  it('a template goes where it is cached from, whatever CDK_OUTDIR says', () => {
    expect(targetsOf('apps/order', service)['synth']).toMatchObject({
      options: { command: 'CDK_OUTDIR=cdk.out node infra/main.ts' },
      outputs: ['{projectRoot}/cdk.out'],
    });
  });
});
