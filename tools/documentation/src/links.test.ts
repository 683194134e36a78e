import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { anchorOf, headingsOf, linksOf, pathsOf, read, root } from './repository.ts';

const documents = pathsOf('*.md', 'docs/**/*.md', '{apps,libs,tools}/*/README.md');

/** What is wrong with the links of a document. */
function deadLinks(document: string): string[] {
  return linksOf(read(document)).flatMap(({ path, heading }) => {
    const target = path === '' ? document : normalize(join(dirname(document), path));
    if (!existsSync(join(root, target))) return [`${path}: there is no such file`];
    if (heading === undefined) return [];
    const anchors = headingsOf(read(target)).map(anchorOf);
    return anchors.includes(heading) ? [] : [`${path}#${heading}: there is no such heading`];
  });
}

describe('the documentation', () => {
  it('is found', () => {
    expect(documents).toEqual(expect.arrayContaining(['README.md', 'docs/flow.md', 'apps/order/README.md']));
  });

  it.each(documents)('has no dead links: %s', (document) => {
    expect(deadLinks(document)).toEqual([]);
  });

  it('has a README for every service and every library', () => {
    const projects = pathsOf('{apps,libs}/*/package.json').map(dirname);
    expect(projects.filter((project) => !existsSync(join(root, project, 'README.md')))).toEqual([]);
  });
});

describe('a link', () => {
  it('is read with its heading, unless it is code or leads elsewhere', () => {
    const text = '[a](b.md#c) [d](https://example.com)\n\n    [e](f.md)\n\n```\n[g](h.md)\n```\n';
    expect(linksOf(text)).toEqual([{ path: 'b.md', heading: 'c' }]);
  });

  it('names a heading as GitHub does', () => {
    expect(['Failure at each hop', '1. The request', '`a-b`: c'].map(anchorOf)).toEqual([
      'failure-at-each-hop',
      '1-the-request',
      'a-b-c',
    ]);
  });
});
