import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import * as z from 'zod';

const config = `
  import tseslint from '${pathToFileURL(require.resolve('typescript-eslint')).href}';
  export default tseslint.config({ ignores: ['**/dist'] }, {
    files: ['**/*.ts'],
    plugins: { '@typescript-eslint': tseslint.plugin },
    languageOptions: { parser: tseslint.parser, parserOptions: { projectService: true } },
    rules: { '@typescript-eslint/no-floating-promises': 'error', 'no-debugger': 'warn' },
  });`;

/** What each project's one source file says. */
const sources = {
  sound: `export const sound = 'sound';`,
  careless: `async function work(): Promise<void> {}\nwork();`,
  wordy: `debugger;\nexport {};`,
  mistyped: `export const count: number = 'one';`,
  dependent: `import { count } from '../../mistyped/src/index.ts';\nexport const twice = 2 * count;`,
};
type Project = keyof typeof sources;
const projects = Object.keys(sources);
const references: Partial<Record<string, object[]>> = { dependent: [{ path: '../mistyped' }] };

const checkedTask = z.object({
  task: z.string(),
  result: z.object({
    success: z.boolean(),
    terminalOutput: z.string(),
    startTime: z.number(),
    endTime: z.number(),
  }),
});

let workspace: string;
beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'check-'));
  await write('eslint.config.mjs', config);
  for (const [project, source] of Object.entries(sources)) {
    await write(`${project}/src/index.ts`, source);
    await write(`${project}/tsconfig.json`, JSON.stringify(tsconfig(references[project] ?? [])));
  }
});
afterAll(() => rm(workspace, { recursive: true }));

describe('a batch of checks', () => {
  let results: ReadonlyMap<string, z.infer<typeof checkedTask>['result']>;
  const lint = (project: Project) => results.get(`${project}:lint`);
  const types = (project: Project) => results.get(`${project}:types`);

  beforeAll(async () => {
    results = await check(projects.flatMap((project) => [`${project}:lint`, `${project}:types`]));
  });

  it('tells of every task once, and when it ran', () => {
    expect(results.size).toBe(2 * projects.length);
    for (const { startTime, endTime } of results.values()) expect(endTime).toBeGreaterThanOrEqual(startTime);
  });

  it('a mistake that types show fails the project that has it', () => {
    expect(lint('careless')).toMatchObject({
      success: false,
      terminalOutput: expect.stringMatching(/careless\/src\/index\.ts[^]*no-floating-promises/),
    });
    expect(lint('sound')).toMatchObject({ success: true, terminalOutput: '' });
    expect(lint('mistyped')).toMatchObject({ success: true, terminalOutput: '' });
  });

  it('a warning fails the project that has it', () => {
    expect(lint('wordy')).toMatchObject({ success: false, terminalOutput: expect.stringContaining('no-debugger') });
  });

  it('a type error fails the project that has it, and no project that uses it', () => {
    expect(types('mistyped')).toMatchObject({
      success: false,
      terminalOutput: expect.stringMatching(/^mistyped\/src\/index\.ts\(1,14\): error TS2322/),
    });
    for (const project of ['sound', 'careless', 'wordy', 'dependent'] as const) {
      expect(types(project)).toMatchObject({ success: true, terminalOutput: '' });
    }
  });

  it('leaves the outputs that are cached, and tells of a type error again the next time', async () => {
    expect(existsSync(join(workspace, 'sound/dist/types/src/index.d.ts'))).toBe(true);
    const again = await check(['sound:types', 'mistyped:types']);
    expect(again.get('sound:types')?.success).toBe(true);
    expect(again.get('mistyped:types')?.success).toBe(false);
  });
});

describe('a set-up that cannot be read', () => {
  it('fails every project that needs it, and no other check', async () => {
    await write('eslint.config.mjs', 'throw new Error("no set-up");');
    const results = await check(['sound:lint', 'careless:lint', 'sound:types']);
    const failure = { success: false, terminalOutput: expect.stringContaining('no set-up') };
    expect(results.get('sound:lint')).toMatchObject(failure);
    expect(results.get('careless:lint')).toMatchObject(failure);
    expect(results.get('sound:types')).toMatchObject({ success: true });
  });
});

/** Runs `project:check` tasks as Nx does, in a process of their own: Jest cannot import ESLint's configuration. */
async function check(tasks: readonly string[]) {
  const named = tasks.map((id) => [id, id.split(':')] as const);
  const graph = Object.fromEntries(named.map(([id, [project]]) => [id, { id, target: { project } }]));
  const inputs = Object.fromEntries(named.map(([id, [, kind]]) => [id, { check: kind }]));
  const configurations = { projects: Object.fromEntries(projects.map((root) => [root, { root }])) };
  const context = { root: workspace, projectsConfigurations: configurations };
  const script = `
    import { checkBatch } from '${pathToFileURL(join(import.meta.dirname, 'check.ts')).href}';
    const [tasks, inputs, context] = ${JSON.stringify([graph, inputs, context])};
    for await (const checked of checkBatch({ tasks }, inputs, {}, context)) console.log(JSON.stringify(checked));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script]);
  const lines = stdout.trim().split('\n');
  return new Map(lines.map((line) => checkedTask.parse(JSON.parse(line))).map(({ task, result }) => [task, result]));
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(workspace, path)), { recursive: true });
  await writeFile(join(workspace, path), text);
}

function tsconfig(references: object[]) {
  return {
    compilerOptions: {
      target: 'es2023',
      lib: ['es2024'],
      module: 'nodenext',
      composite: true,
      emitDeclarationOnly: true,
      strict: true,
      allowImportingTsExtensions: true,
      skipLibCheck: true,
      types: [],
      rootDir: '.',
      outDir: 'dist/types',
    },
    include: ['src'],
    references,
  };
}
