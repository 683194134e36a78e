/** Finds and loads the handler that a function names (https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html). */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runtimeError } from './errors.ts';

/** An async handler, or one that returns its answer. */
export type Handler = (event: unknown, context: object) => unknown;

const NO_CALLBACKS =
  'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify ' +
  'this function to use a supported handler signature to use Node.js 24 or later. For more information see ' +
  'https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.';

/**
 * Loads `index.handler` from `index.js`, `.mjs` or `.cjs` below the task root.
 * @throws Error with a name such as `Runtime.ImportModuleError`
 */
export async function loadHandler(taskRoot: string, handler: string): Promise<Handler> {
  const dot = handler.indexOf('.', handler.lastIndexOf('/') + 1);
  if (dot < 0 || handler.includes('..'))
    throw runtimeError('Runtime.MalformedHandlerName', `'${handler}' is not a valid handler name.`);
  const name = handler.slice(0, dot);
  const exportPath = handler.slice(dot + 1).split('.');
  const loaded = await importModule(taskRoot, name);
  const found = exportPath.reduce(member, loaded);
  if (typeof found !== 'function')
    throw runtimeError('Runtime.HandlerNotFound', `${handler} is undefined or not exported`);
  if (found.length >= 3) throw runtimeError('Runtime.CallbackHandlerDeprecated', NO_CALLBACKS);
  return (event, context): unknown => Reflect.apply(found, undefined, [event, context]);
}

async function importModule(taskRoot: string, name: string): Promise<unknown> {
  const file = ['.js', '.mjs', '.cjs'].map((extension) => join(taskRoot, name + extension)).find(existsSync);
  if (file === undefined) throw runtimeError('Runtime.ImportModuleError', `Error: Cannot find module '${name}'`);
  try {
    const loaded: unknown = await import(pathToFileURL(file).href);
    return loaded;
  } catch (error) {
    throw importError(error);
  }
}

function importError(error: unknown): unknown {
  if (error instanceof SyntaxError)
    return Object.assign(runtimeError('Runtime.UserCodeSyntaxError', String(error)), { stack: error.stack });
  const missing =
    error instanceof Error &&
    'code' in error &&
    ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(String(error.code));
  return missing ? runtimeError('Runtime.ImportModuleError', String(error)) : error;
}

/** A CommonJS module's exports may sit under `default` alone. */
function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const own: unknown = Reflect.get(value, name);
  if (own !== undefined) return own;
  const fallback: unknown = Reflect.get(value, 'default');
  return typeof fallback === 'object' && fallback !== null ? Reflect.get(fallback, name) : undefined;
}
