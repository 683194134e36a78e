/**
 * Lints texts as if they stood in certain files, for boundaries.test.ts: reads `[{file, text}]` from standard input, writes
 * the messages of the rules about imports, one list per text. A process of its own, since Jest cannot import ESLint's
 * configuration, which is an ES module.
 */
import { ESLint } from 'eslint';
import { json } from 'node:stream/consumers';
import { join } from 'node:path';
import * as z from 'zod';

const importRules = ['@nx/enforce-module-boundaries', 'no-restricted-imports'];
const workspaceRoot = join(import.meta.dirname, '../../..');
const samples = z.array(z.object({ file: z.string(), text: z.string() })).parse(await json(process.stdin));

const eslint = new ESLint({
  cwd: workspaceRoot,
  // The texts are in no tsconfig, and these rules need no types.
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
  ruleFilter: ({ ruleId }) => importRules.includes(ruleId),
});

const messages: string[][] = [];
for (const { file, text } of samples) {
  const [result] = await eslint.lintText(text, { filePath: join(workspaceRoot, file) });
  messages.push(result?.messages.map(({ message }) => message) ?? []);
}
console.log(JSON.stringify(messages));
