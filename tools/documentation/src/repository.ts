/** The repository as its documentation sees it: documents, their headings and links, and the files they lead to. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The top folder of the repository. */
export const root = join(import.meta.dirname, '../../..');

const notSources = new Set(['node_modules', 'dist', 'cdk.out', 'coverage']);

/** A link as a document writes it: relative to the document, with the heading behind `#`. */
export interface Link {
  readonly path: string;
  readonly heading: string | undefined;
}

/** The paths, from the top folder, that match any of the patterns; what is built or installed is left out. */
export function pathsOf(...patterns: readonly string[]): string[] {
  const isSource = (path: string) => !path.split('/').some((part) => notSources.has(part));
  return globSync([...patterns], { cwd: root, exclude: (path) => !isSource(path) })
    .filter(isSource)
    .sort();
}

/** A file's text, by its path from the top folder. */
export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The relative links of a document. Addresses elsewhere are not ours to check; code is no link. */
export function linksOf(markdown: string): Link[] {
  const targets = [...withoutCode(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = '', heading] = target.split('#');
      return { path, heading };
    });
}

/** The headings of a document, as they stand. */
export function headingsOf(markdown: string): string[] {
  return [...withoutCode(markdown).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => heading.trim());
}

/** A heading as GitHub names its anchor. */
export function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** The document without blocks of code, fenced or indented by four. */
function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^```.*?^```/gms, '').replaceAll(/^ {4}.*$/gm, '');
}
