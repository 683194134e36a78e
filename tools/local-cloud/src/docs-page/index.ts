/** The page on which people read the APIs' OpenAPI document and try it out: Swagger UI, from this machine alone. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { messageOf } from '../error-text.ts';
import { gatewayMessage, headerValues, type GatewayRequest, type GatewayResponse } from '../http-api/exchange.ts';
import { PAGE, START } from './page.ts';

/** Where the page is, on the port of the HTTP APIs. */
export const DOCS_PATH = '/docs';

/** Answers for the paths of the page; undefined for any other, which is the APIs' own. */
export type DocsPage = (request: GatewayRequest) => GatewayResponse | undefined;

/** What the page loads of swagger-ui-dist (https://swagger.io/docs/open-source-tools/swagger-ui/usage/installation/); nothing else of it is served. */
const ASSETS = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'text/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
} as const;

/** What the page may do: load what is here, call the APIs here, and nothing else. Some images of Swagger UI are inline. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const METHODS = ['GET', 'HEAD'];

/** A file of the page, by the tag of its content. */
interface Served {
  readonly headers: Readonly<Record<string, string>> & { readonly etag: string };
  readonly body: Buffer;
}

/**
 * The page for a document.
 * @throws Error in one sentence where the document cannot be read
 */
export function createDocsPage(documentFile: string): DocsPage {
  const page = served('text/html; charset=utf-8', Buffer.from(PAGE), { 'content-security-policy': POLICY });
  const files = new Map([
    [DOCS_PATH, page],
    [`${DOCS_PATH}/`, page],
    [`${DOCS_PATH}/start.js`, served('text/javascript; charset=utf-8', Buffer.from(START))],
    [`${DOCS_PATH}/openapi.json`, served('application/json', readDocument(documentFile))],
    ...assets(),
  ]);
  return (request) => {
    const file = files.get(request.path);
    return file && answer(request, file);
  };
}

function answer(request: GatewayRequest, { headers, body }: Served): GatewayResponse {
  if (!METHODS.includes(request.method)) {
    const refused = gatewayMessage(405, 'Method Not Allowed');
    return { ...refused, headers: { ...refused.headers, allow: METHODS.join(', ') } };
  }
  const known = headerValues(request, 'if-none-match').some((tags) => tags.includes(headers.etag));
  return known
    ? { status: 304, headers, cookies: [], body: Buffer.alloc(0) }
    : { status: 200, headers, cookies: [], body };
}

/** Browsers keep a file and ask each time whether it is still the same: what is served changes with a restart. */
function served(type: string, body: Buffer, more: Readonly<Record<string, string>> = {}): Served {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const headers = {
    'content-type': type,
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    ...more,
    etag,
  };
  return { headers, body };
}

function assets(): [string, Served][] {
  const { resolve } = createRequire(import.meta.url);
  return Object.entries(ASSETS).map(([name, type]) => [
    `${DOCS_PATH}/${name}`,
    served(type, readFileSync(resolve(`swagger-ui-dist/${name}`))),
  ]);
}

function readDocument(file: string): Buffer {
  try {
    const text = readFileSync(file);
    JSON.parse(text.toString());
    return text;
  } catch (cause) {
    throw new Error(`the OpenAPI document ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
