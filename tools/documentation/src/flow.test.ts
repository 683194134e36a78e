import { linksOf, read } from './repository.ts';

const MOST_FILES = 5;

/** The numbered steps of the flow, each with the source files that it names. */
const steps = read('docs/flow.md')
  .split(/^#{2,3} /m)
  .filter((section) => /^\d+\. /.test(section))
  .map((section) => ({
    step: section.split('\n', 1)[0] ?? '',
    files: [...new Set(linksOf(section).flatMap(({ path }) => (path.endsWith('.ts') ? [path] : [])))],
  }));

describe('the flow of an order', () => {
  it('has steps, numbered one after the other', () => {
    expect(steps.length).toBeGreaterThan(5);
    expect(steps.map(({ step }) => Number.parseInt(step))).toEqual(steps.map((_, index) => index + 1));
  });

  it.each(steps)('can be read in at most five files: $step', ({ files }) => {
    expect(files.length).toBeGreaterThan(0);
    expect(files.length).toBeLessThanOrEqual(MOST_FILES);
  });
});
