/** Bundles an app's handlers: `src/place-order.handler.ts` becomes `dist/functions/place-order/index.mjs`. */
import { build, type Plugin } from 'esbuild';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

const suffix = '.handler.ts';

/**
 * An ES import of `node:http` reads all that the module has, its `WebSocket` too, for which Node loads undici: a fifth of
 * a function's start, for something that no handler uses. Asked for by itself, the module is what `require` gives.
 */
const httpWithoutWebSocket: Plugin = {
  name: 'http-without-web-socket',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?http$/ }, () => ({ path: 'http', namespace: 'builtin' }));
    onLoad({ filter: /^http$/, namespace: 'builtin' }, () => ({
      contents: "module.exports = process.getBuiltinModule('node:http');",
    }));
  },
};

/** Bundles every handler of the app in this folder, each by itself so that a function carries only its own code. */
export async function bundleHandlers(app: string): Promise<string[]> {
  const sources = await readdir(join(app, 'src'));
  const functions = sources.filter((file) => file.endsWith(suffix)).map((file) => file.slice(0, -suffix.length));
  const outdir = join(app, 'dist/functions');
  await rm(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: app,
    entryPoints: functions.map((name) => ({ in: join(app, 'src', name + suffix), out: `${name}/index` })),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // Many packages have an ES module build that only `module` names; it is the one that can be tree-shaken.
    mainFields: ['module', 'main'],
    minify: true,
    // Errors are told apart by their names, and stack traces are read by people.
    keepNames: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [httpWithoutWebSocket],
  });
  return functions;
}

if (import.meta.main) {
  void bundleHandlers(process.cwd()).then((functions) =>
    console.log(`${functions.length} functions: ${functions.join(', ')}`),
  );
}
