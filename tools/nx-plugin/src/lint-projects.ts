/** Lints many projects in one process, so that the types which they share, of all of aws-cdk-lib, are read only once. */
import { ESLint } from 'eslint';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import type { Outcome } from './outcome.ts';

/** Projects whose compiler options are the same, and so can be one program. */
interface Group {
  readonly roots: string[];
  readonly files: string[];
  /** Absent where there is no tsconfig.json. */
  readonly options: ts.CompilerOptions | undefined;
}

/** One project after the other. As `--max-warnings 0` has it, a warning fails the project that has it. */
export async function* lintProjects(workspace: string, roots: readonly string[]): AsyncGenerator<Outcome> {
  for (const group of groupByOptions(workspace, roots)) {
    let startTime = Date.now();
    const eslint = linterOf(workspace, group);
    const formatter = await eslint.loadFormatter('stylish');
    for (const root of group.roots) {
      const results = await eslint.lintFiles([root]);
      const success = results.every(({ errorCount, warningCount }) => errorCount + warningCount === 0);
      yield { root, success, terminalOutput: await formatter.format(results), startTime, endTime: Date.now() };
      startTime = Date.now();
    }
  }
}

/**
 * ESLint for these projects. With the set-up's own `projectService`, which is for editors, every project would have a
 * program to itself: https://typescript-eslint.io/packages/parser#programs
 */
function linterOf(workspace: string, { files, options }: Group): ESLint {
  const programs = options && [ts.createProgram({ rootNames: files, options })];
  return new ESLint({
    cwd: workspace,
    errorOnUnmatchedPattern: false,
    ...(programs && {
      overrideConfig: {
        files: ['**/*.ts'],
        languageOptions: { parserOptions: { projectService: false, programs } },
      },
    }),
  });
}

function groupByOptions(workspace: string, roots: readonly string[]): Group[] {
  const groups = new Map<string, Group>();
  for (const root of roots) {
    const config = readConfig(join(workspace, root, 'tsconfig.json'));
    // Where a project lies, and where its types go, makes no difference to what they are.
    const options = config && { ...config.options, rootDir: undefined, outDir: undefined, configFilePath: undefined };
    const key = JSON.stringify(options ?? null);
    const group: Group = groups.get(key) ?? { roots: [], files: [], options };
    group.roots.push(root);
    group.files.push(...(config?.fileNames ?? []));
    groups.set(key, group);
  }
  return [...groups.values()];
}

function readConfig(path: string): ts.ParsedCommandLine | undefined {
  if (!existsSync(path)) return undefined;
  const onUnRecoverableConfigFileDiagnostic = ({ messageText }: ts.Diagnostic) => {
    throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'));
  };
  return ts.getParsedCommandLineOfConfigFile(path, undefined, { ...ts.sys, onUnRecoverableConfigFileDiagnostic });
}
