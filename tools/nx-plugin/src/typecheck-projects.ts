/** Checks the types of many projects in one process, as `tsc -b` does, and tells the projects apart. */
import { join, relative, sep } from 'node:path';
import ts from 'typescript';
import type { Outcome } from './outcome.ts';

/** Each project once, after those that it refers to; one that is up to date passes at once. */
export function* typecheckProjects(workspace: string, roots: readonly string[]): Generator<Outcome> {
  const formatHost: ts.FormatDiagnosticsHost = {
    getCurrentDirectory: () => workspace,
    getCanonicalFileName: (name) => name,
    getNewLine: () => '\n',
  };
  let said = '';
  const host = ts.createSolutionBuilderHost(ts.sys, undefined, (diagnostic) => {
    said += ts.formatDiagnostic(diagnostic, formatHost);
  });
  const configs = roots.map((root) => join(workspace, root, 'tsconfig.json'));
  const builder = ts.createSolutionBuilder(host, configs, {});

  const open = new Set(roots);
  /** What is wrong elsewhere: in a project that nobody asked for, or with the references themselves. */
  let elsewhere = '';
  let startTime = Date.now();
  for (let next = builder.getNextInvalidatedProject(); next; next = builder.getNextInvalidatedProject()) {
    elsewhere += said;
    said = '';
    const root = relative(workspace, next.project).split(sep).slice(0, -1).join('/');
    next.done();
    const endTime = Date.now();
    if (open.delete(root)) yield { root, success: said === '', terminalOutput: said, startTime, endTime };
    else elsewhere += said;
    said = '';
    startTime = endTime;
  }
  elsewhere += said;
  for (const root of open) {
    yield { root, success: elsewhere === '', terminalOutput: elsewhere, startTime, endTime: Date.now() };
  }
}
