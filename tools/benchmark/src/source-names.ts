/** Gives the functions in a profile the names and files that people know: bundles are minified, paths are long. */
import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { basename, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { CallFrame, FunctionName } from './profile.ts';
import { workspaceRoot } from './runtime.ts';

/** https://tc39.es/ecma426/, version 3. */
const sourceMap = z.object({
  file: z.string().default(''),
  version: z.literal(3),
  sources: z.array(z.string()),
  sourcesContent: z.array(z.string()).default([]),
  names: z.array(z.string()),
  mappings: z.string(),
  sourceRoot: z.string().default(''),
});

/** Reads the source maps that lie beside the bundles. */
export class SourceNames {
  readonly #maps = new Map<string, SourceMap | undefined>();

  /** The name of a function as it is in the source, and the file or package that it is from. */
  of({ functionName, url, lineNumber, columnNumber }: CallFrame): FunctionName {
    if (url === '') return { name: functionName, place: 'V8' };
    if (!url.startsWith('file:')) return { name: named(functionName, url, lineNumber), place: url };
    const file = fileURLToPath(url);
    const entry = this.#mapOf(file)?.findEntry(lineNumber, columnNumber);
    if (entry === undefined || !('originalSource' in entry)) {
      return { name: named(functionName, file, lineNumber), place: placeOf(relative(workspaceRoot, file)) };
    }
    const { originalSource, originalLine } = entry;
    // A bundle's own names are of one or two letters.
    const name = 'name' in entry && typeof entry.name === 'string' ? entry.name : '';
    return { name: named(name, originalSource, originalLine), place: placeOf(originalSource) };
  }

  #mapOf(file: string): SourceMap | undefined {
    if (!this.#maps.has(file)) this.#maps.set(file, readMap(`${file}.map`));
    return this.#maps.get(file);
  }
}

/** A function without a name is told by its line, counted from one as people do. */
function named(name: string, file: string, lineNumber: number): string {
  return `${name === '' ? 'anonymous' : name} ${basename(file)}:${lineNumber + 1}`;
}

function readMap(file: string): SourceMap | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  return new SourceMap(sourceMap.parse(JSON.parse(text)));
}

/** A package as a whole, and a file of ours with its path in the repository. */
export function placeOf(path: string): string {
  const packaged = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules\/)/.exec(path)?.[1];
  return packaged ?? path.replace(/^(\.\.\/)+/, '');
}
