/** What a project can do, told from the files it has. */
import type { ProjectConfiguration, TargetConfiguration } from '@nx/devkit';
import type { CheckOptions } from './check.ts';

/** What there is to know of a project before its targets can be told. */
export interface ProjectFacts {
  /** Folder, relative to the workspace: `apps/order`. */
  readonly root: string;
  /** Files, relative to the project's folder. */
  readonly files: readonly string[];
}

export interface PluginOptions {
  /** The app that others need on AWS before they can be deployed; it is removed last. */
  readonly deployFirst?: string;
}

/**
 * What a project adds to the bundle or template of an app that depends on it. Tools add nothing: an app reaches them only
 * through the library that its tests use.
 */
export function inferNamedInputs(project: ProjectFacts): NonNullable<ProjectConfiguration['namedInputs']> {
  return project.root.startsWith('tools/') ? { shipped: ['{projectRoot}/package.json'] } : { shipped: ['source'] };
}

type Targets = Record<string, TargetConfiguration>;

/** Where a test run leaves its results, for whoever counts them: part of the cached outputs. */
export const testResults = { test: 'dist/test-results/test.json', e2e: 'dist/test-results/e2e.json' };

// Jest does not make the folder of its results.
const runJest = 'mkdir -p dist/test-results && jest --config ../../jest.config.cjs --rootDir . --json';

/** All targets of one project. */
export function inferTargets(project: ProjectFacts, options: PluginOptions): Targets {
  const has = (pattern: RegExp) => project.files.some((file) => pattern.test(file));
  const isApp = project.root.startsWith('apps/');
  const bundles = isApp && has(/^src\/[^/]+\.handler\.ts$/);
  return {
    ...(has(/^tsconfig\.json$/) && { typecheck: typecheck() }),
    lint: lint(),
    ...(has(/(?<!\.(e2e|full))\.test\.ts$/) && { test: test() }),
    ...(has(/\.e2e\.test\.ts$/) && { e2e: e2e() }),
    ...(has(/\.full\.test\.ts$/) && { full: full() }),
    ...(bundles && { build: build() }),
    ...(isApp && has(/^infra\/main\.ts$/) && { synth: synth(bundles), ...cdkTargets(project.root, options) }),
  };
}

function run(command: string, rest: TargetConfiguration): TargetConfiguration {
  return { executor: 'nx:run-commands', options: { command, cwd: '{projectRoot}' }, ...rest };
}

/** Nx does not know what a local executor is made of. */
const checkSources = ['check', 'check.worker', 'lint-projects', 'outcome', 'typecheck-projects'].map(
  (name) => `{workspaceRoot}/tools/nx-plugin/src/${name}.ts`,
);

function typecheck(): TargetConfiguration {
  return check('types', {
    dependsOn: ['^typecheck'],
    inputs: ['default', '^default', ...checkSources],
    outputs: ['{projectRoot}/dist/types'],
  });
}

function lint(): TargetConfiguration {
  return check('lint', {
    // Rules that read types see what a project imports, and the boundaries see its tags.
    inputs: ['default', '^source', '{workspaceRoot}/eslint.config.mjs', ...checkSources],
  });
}

function check(check: CheckOptions['check'], rest: TargetConfiguration): TargetConfiguration {
  return { executor: './tools/nx-plugin:check', options: { check }, cache: true, ...rest };
}

function test(): TargetConfiguration {
  return run(`${runJest} --outputFile ${testResults.test}`, {
    cache: true,
    inputs: ['default', '^source', '{workspaceRoot}/jest.config.cjs'],
    outputs: [`{projectRoot}/${testResults.test}`],
  });
}

/** Tests of the whole running system: they need every app's cdk.out, and the machine to themselves. Two systems fill two cores: each waits at times. */
function e2e(): TargetConfiguration {
  const paths = `--testMatch '**/*.e2e.test.ts' --testPathIgnorePatterns /node_modules/ /dist/ /cdk.out/`;
  return run(`${runJest} --maxWorkers 2 ${paths} --outputFile ${testResults.e2e}`, {
    cache: true,
    parallelism: false,
    dependsOn: [{ projects: ['tag:type:app'], target: 'synth' }],
    inputs: [
      'default',
      '^source',
      '{workspaceRoot}/jest.config.cjs',
      // These are run as processes of their own, so no import tells Nx of them. Tests synthesize apps with settings of
      // their own as well, and what comes of that need not show in an app's cdk.out.
      { input: 'source', projects: ['local-cloud', 'commands', 'cdk'].map((name) => `@distributed-patterns/${name}`) },
      '{workspaceRoot}/apps/*/infra/*.ts',
      '{workspaceRoot}/docs/openapi.json',
      '{workspaceRoot}/test-api.sh',
      { dependentTasksOutputFiles: '**/cdk.out/**/*', transitive: true },
    ],
    outputs: [`{projectRoot}/${testResults.e2e}`],
  });
}

/** Tests that take many minutes: the same system, tried for longer. Nobody runs them by the way, so nothing is cached. */
function full(): TargetConfiguration {
  const paths = `--testMatch '**/*.full.test.ts' --testPathIgnorePatterns /node_modules/ /dist/ /cdk.out/`;
  return run(`jest --config ../../jest.config.cjs --rootDir . --runInBand ${paths}`, {
    cache: false,
    parallelism: false,
    dependsOn: [{ projects: ['tag:type:app'], target: 'synth' }],
  });
}

/** One folder per function. @nx/esbuild can only name a bundle after its entry file, so esbuild is called directly. */
function build(): TargetConfiguration {
  return run('node ../../tools/nx-plugin/src/bundle.ts', {
    cache: true,
    inputs: ['source', '!{projectRoot}/infra/**/*', '^shipped', '{workspaceRoot}/tools/nx-plugin/src/bundle.ts'],
    outputs: ['{projectRoot}/dist/functions'],
  });
}

/** Into the folder whose content is cached, whatever `CDK_OUTDIR` is for a run without Nx. */
function synth(bundles: boolean): TargetConfiguration {
  return run('CDK_OUTDIR=cdk.out node infra/main.ts', {
    cache: true,
    dependsOn: bundles ? ['build'] : [],
    inputs: [
      'source',
      '^shipped',
      '{workspaceRoot}/stages.json',
      { env: 'STAGE' },
      { env: 'STAGES_FILE' },
      // The file that it names may be anywhere, and change.
      { runtime: 'cat "$STAGES_FILE" 2>/dev/null || true' },
      { dependentTasksOutputFiles: '**/*.mjs' },
    ],
    outputs: ['{projectRoot}/cdk.out'],
  });
}

function cdkTargets(root: string, { deployFirst }: PluginOptions): Targets {
  const isFirst = root === `apps/${deployFirst}`;
  const first = deployFirst === undefined ? [] : [`apps/${deployFirst}`];
  const others = ['tag:type:app', ...first.map((name) => `!${name}`)];
  const cdk = (command: string, dependsOn: TargetConfiguration['dependsOn']) =>
    run(`CDK_DISABLE_CLI_TELEMETRY=true cdk ${command} --app cdk.out`, { cache: false, dependsOn });
  return {
    deploy: cdk('deploy --all --require-approval never', [
      'synth',
      ...(isFirst || first.length === 0 ? [] : [{ projects: first, target: 'deploy' }]),
    ]),
    diff: cdk('diff --all', ['synth']),
    destroy: cdk('destroy --all --force', ['synth', ...(isFirst ? [{ projects: others, target: 'destroy' }] : [])]),
  };
}
