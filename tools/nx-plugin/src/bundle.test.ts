import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleHandlers } from './bundle.ts';

let app: string;

beforeEach(async () => {
  app = await mkdtemp(join(tmpdir(), 'bundle-'));
  await mkdir(join(app, 'src'));
});

afterEach(() => rm(app, { recursive: true }));

describe('bundling handlers', () => {
  it('gives every handler a folder of its own, with a source map beside the code', async () => {
    await writeFile(join(app, 'src/greeting.ts'), 'export const greeting: string = "good day";');
    await writeFile(join(app, 'src/greet.handler.ts'), handler('greeting'));
    await writeFile(join(app, 'src/part.handler.ts'), 'export const handler = () => "farewell";');

    expect((await bundleHandlers(app)).sort()).toEqual(['greet', 'part']);

    const code = await readFile(join(app, 'dist/functions/greet/index.mjs'), 'utf8');
    expect(code).toContain('good day');
    expect(code).not.toContain('farewell');
    expect(code).toContain('sourceMappingURL=index.mjs.map');
    const map: unknown = JSON.parse(await readFile(join(app, 'dist/functions/greet/index.mjs.map'), 'utf8'));
    expect(map).toMatchObject({ sources: expect.arrayContaining([expect.stringMatching(/greet\.handler\.ts$/)]) });
  });

  it('leaves nothing behind of a handler that is gone', async () => {
    await mkdir(join(app, 'dist/functions/gone'), { recursive: true });
    await writeFile(join(app, 'dist/functions/gone/index.mjs'), '');
    await writeFile(join(app, 'src/greet.handler.ts'), 'export const handler = () => 1;');

    await bundleHandlers(app);

    await expect(readFile(join(app, 'dist/functions/gone/index.mjs'))).rejects.toThrow('ENOENT');
  });

  it('keeps the names of errors, which are told apart by them', async () => {
    await writeFile(
      join(app, 'src/fail.handler.ts'),
      'class CardDeclined extends Error {}\nexport const handler = () => new CardDeclined().constructor.name;',
    );
    await bundleHandlers(app);
    const url = pathToFileURL(join(app, 'dist/functions/fail/index.mjs')).href;
    const script = `import { handler } from '${url}'; console.log(handler());`;
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
    expect(output.trim()).toBe('CardDeclined');
  });

  it.each(['node:http', 'http'])('does not load undici for a handler that imports %s', async (module) => {
    await writeFile(
      join(app, 'src/call.handler.ts'),
      `import { request } from '${module}';
import * as http from '${module}';
export const handler = () => [request === http.request, typeof request];`,
    );
    await bundleHandlers(app);
    const url = pathToFileURL(join(app, 'dist/functions/call/index.mjs')).href;
    const script = `import { handler } from '${url}';
      const undici = process.moduleLoadList.filter((name) => name.includes('undici/undici'));
      console.log(JSON.stringify([...handler(), undici]));`;
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
    expect(JSON.parse(output)).toEqual([true, 'function', []]);
  });
});

function handler(value: string): string {
  return `import { ${value} } from './${value}.ts';\nexport const handler = () => ${value};`;
}
