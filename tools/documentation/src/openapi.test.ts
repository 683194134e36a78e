/** The OpenAPI document: current, sound, and complete. */
import { type ProblemKind, problems, problemType } from '@distributed-patterns/contracts';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as z from 'zod';
import { OPENAPI_FILE, openApiDocument, openApiText } from './openapi.ts';
import { read } from './repository.ts';

const schemaSchema = z.record(z.string(), z.unknown());
const exampleSchema = z.object({ value: z.unknown() });
const mediaTypeSchema = z.object({
  schema: schemaSchema,
  example: z.unknown().optional(),
  examples: z.record(z.string(), exampleSchema).optional(),
});
const contentSchema = z.record(z.string(), mediaTypeSchema);
const headersSchema = z.record(
  z.string(),
  z.object({ description: z.string(), required: z.boolean().optional(), schema: schemaSchema }),
);
const parameterSchema = z.strictObject({
  name: z.string(),
  in: z.enum(['path', 'query', 'header']),
  required: z.boolean().optional(),
  description: z.string(),
  example: z.unknown().optional(),
  schema: schemaSchema,
});
const responseSchema = z.strictObject({
  description: z.string().min(1),
  headers: headersSchema.default({}),
  content: contentSchema.default({}),
});
const operationSchema = z.strictObject({
  operationId: z.string(),
  tags: z.array(z.string()),
  summary: z.string(),
  description: z.string(),
  parameters: z.array(parameterSchema).default([]),
  requestBody: z.strictObject({ required: z.boolean(), description: z.string(), content: contentSchema }).optional(),
  responses: z.record(z.string().regex(/^[1-5]\d\d$/), responseSchema),
});
const documentSchema = z.strictObject({
  openapi: z.literal('3.1.0'),
  info: z.strictObject({
    title: z.string(),
    version: z.string(),
    description: z.string(),
    license: z.strictObject({ name: z.string(), identifier: z.string() }),
  }),
  servers: z.array(z.strictObject({ url: z.string(), description: z.string() })),
  security: z.array(z.record(z.string(), z.array(z.string()))),
  tags: z.array(z.strictObject({ name: z.string(), description: z.string() })),
  paths: z.record(z.string().startsWith('/'), z.partialRecord(z.enum(['get', 'put', 'post']), operationSchema)),
  components: z.strictObject({
    schemas: z.record(z.string(), schemaSchema),
    securitySchemes: z.record(z.string(), z.looseObject({ type: z.literal('http'), scheme: z.string() })),
  }),
});

const document = documentSchema.parse(JSON.parse(JSON.stringify(openApiDocument())));

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({
    ...operation,
    path,
    name: `${method.toUpperCase()} ${path}`,
  })),
);
const responses = operations.flatMap((operation) =>
  Object.entries(operation.responses).map(([status, response]) => ({
    ...response,
    operation: operation.name,
    status: Number(status),
    name: `${operation.name} ${status}`,
  })),
);
const contents = [
  ...responses.map(({ name, content }) => ({ name, content })),
  ...operations.flatMap(({ name, requestBody }) => (requestBody ? [{ name, content: requestBody.content }] : [])),
].flatMap(({ name, content }) =>
  Object.entries(content).map(([mediaType, rest]) => ({ name: `${name} ${mediaType}`, ...rest })),
);

/** Judges by JSON Schema 2020-12, which is what OpenAPI 3.1 has (https://spec.openapis.org/oas/v3.1.0#schema-object). */
const ajv = new Ajv2020({
  strict: true,
  strictTypes: true,
  allErrors: true,
  formats: { 'date-time': true, email: true, uuid: true, 'uri-reference': true },
});
ajv.addVocabulary(Object.keys(document).filter((member) => member !== 'description'));
ajv.addSchema(JSON.parse(openApiText()), 'openapi.json');

/** A schema of the document by itself, with its references to the rest of the document. */
function validator(schema: Readonly<Record<string, unknown>>) {
  const text = JSON.stringify(schema).replaceAll('"#/components/', '"openapi.json#/components/');
  return ajv.compile(z.record(z.string(), z.unknown()).parse(JSON.parse(text)));
}

/** What stands before the kind in every problem's type. */
const prefix = problemType('not-found').replace('not-found', '');

/** What a problem's schema takes as its type. */
function problemTypesOf(schema: Readonly<Record<string, unknown>>): readonly string[] {
  return z.object({ properties: z.object({ type: z.object({ enum: z.array(z.string()) }) }) }).parse(schema).properties
    .type.enum;
}

describe('docs/openapi.json', () => {
  it('is current', () => {
    if (read(OPENAPI_FILE) !== openApiText()) {
      throw new Error(`${OPENAPI_FILE} is out of date: run npm run export-openapi`);
    }
  });

  it('names every operation once, under a tag that is described', () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    const tags = document.tags.map(({ name }) => name);
    expect(operations.flatMap((operation) => operation.tags).filter((tag) => !tags.includes(tag))).toEqual([]);
  });

  it('describes the parameters that each path has, and no others', () => {
    for (const { path, parameters } of operations) {
      const inPath = parameters.filter((one) => one.in === 'path');
      expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
      expect(inPath.every(({ required }) => required)).toBe(true);
    }
  });

  it('is open, or asks for a token', () => {
    expect(document.security).toEqual([{}, { bearer: [] }]);
    expect(document.components.securitySchemes).toMatchObject({ bearer: { type: 'http', scheme: 'bearer' } });
  });

  it('refers to nothing that it does not have, and has no body that nothing refers to', () => {
    const text = openApiText();
    const referred = new Set([...text.matchAll(/"\$ref": "#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name));
    expect([...referred].sort()).toEqual(Object.keys(document.components.schemas).sort());
    expect(text.match(/"\$ref": "(?!#\/components\/schemas\/)/)).toBeNull();
  });

  it('has a sentence for every body and every member', () => {
    const described = z.object({
      description: z.string().min(1),
      properties: z.record(z.string(), z.object({ description: z.string().min(1) })),
    });
    for (const schema of Object.values(document.components.schemas)) described.parse(schema);
  });

  it.each(Object.entries(document.components.schemas))('has a schema for %s', (_, schema) => {
    expect(() => validator(schema)).not.toThrow();
  });

  it.each(contents)('has only examples that are as it says: $name', ({ schema, example, examples = {} }) => {
    const validate = validator(schema);
    const values = [...(example === undefined ? [] : [example]), ...Object.values(examples).map(({ value }) => value)];
    expect(values.length).toBeGreaterThan(0);
    expect(values.flatMap((value) => (validate(value) ? [] : [ajv.errorsText(validate.errors)]))).toEqual([]);
  });

  it('has only parameters and headers whose schemas are sound, with examples that fit', () => {
    const parameters = operations.flatMap((operation) => operation.parameters);
    const headers = responses.flatMap((response) => Object.values(response.headers));
    for (const { schema } of headers) expect(() => validator(schema)).not.toThrow();
    for (const { schema, example } of parameters)
      expect(example === undefined || validator(schema)(example)).toBe(true);
  });
});

describe('an idempotency key', () => {
  const [header] = operations.flatMap(({ parameters }) => parameters.filter(({ name }) => name === 'Idempotency-Key'));
  const isKey = validator(header?.schema ?? {});

  it.each(['abc', '!#+-~', '"abc"', '"a, b"', String.raw`"a\"b\\"`])('may be %s', (key) => {
    expect(isKey(key)).toBe(true);
  });

  it('has up to 255 characters', () => {
    expect([255, 256].map((length) => isKey('x'.repeat(length)))).toEqual([true, false]);
  });

  it.each(['', 'a,b', 'a b', 'a"b', '"abc', '""', String.raw`"a\b"`, 'é'])('is not %j', (key) => {
    expect(isKey(key)).toBe(false);
  });
});

describe('an idempotency key of a delivery', () => {
  const restock = operations.find(({ name }) => name === 'POST /products/{productId}/restock');

  it('is required, under its standard name', () => {
    const required = restock?.parameters.filter((one) => one.required).map(({ name }) => name);
    expect(required).toEqual(['productId', 'Idempotency-Key']);
  });
});

describe('what the document says of errors', () => {
  const withProblems = responses.flatMap(({ content, ...response }) => {
    const problem = content['application/problem+json'];
    return problem === undefined
      ? []
      : [{ ...response, types: problemTypesOf(problem.schema), schema: problem.schema, problem }];
  });
  const kinds = Object.entries(problems).map(([kind, { status }]) => ({ kind, status, type: prefix + kind }));

  it.each(withProblems)('$name has only problems of that status', ({ status, types }) => {
    const statuses = types.map((type) => kinds.find((kind) => kind.type === type)?.status);
    expect(statuses).toEqual(types.map(() => status));
  });

  it.each(withProblems)('$name takes no other problem, and no other status', ({ status, types, schema }) => {
    const validate = validator(schema);
    const problem = (type: string, code: number) => ({ type, title: 't', status: code, detail: 'd', instance: 'i' });
    const taken = kinds.filter(({ type }) => validate(problem(type, status))).map(({ type }) => type);
    expect([...taken].sort()).toEqual([...types].sort());
    expect(types.some((type) => validate(problem(type, status + 1)))).toBe(false);
  });

  it('has no example that points into a body where a request has none', () => {
    const bodiless = operations.filter(({ requestBody }) => requestBody === undefined).map(({ name }) => name);
    const content = withProblems.filter(({ operation }) => bodiless.includes(operation));
    const examples = content.flatMap(({ problem }) => Object.values(problem.examples ?? {}));
    expect(examples.length).toBeGreaterThan(0);
    expect(JSON.stringify(examples)).not.toContain('"pointer"');
  });

  it('knows every problem, but for the one that no described route has', () => {
    const known = new Set(withProblems.flatMap(({ types }) => types));
    expect(kinds.filter(({ type }) => !known.has(type)).map(({ kind }) => kind)).toEqual(['method-not-allowed']);
  });

  it('tells of every problem in the introduction', () => {
    const missing = kinds.filter(
      ({ kind, status }) => !document.info.description.includes(`| \`${kind}\` | ${status} |`),
    );
    expect(missing).toEqual([]);
  });
});

/** A response in short: the problems by kind, `gateway` for its own form, `body` for an answer, `empty` for none. */
const routes = {
  'POST /orders': {
    201: ['body'],
    400: [
      'invalid-request',
      'invalid-idempotency-key',
      'invalid-identifier',
      'too-many-lines',
      'quantity-out-of-range',
      'total-too-large',
    ],
    401: ['gateway'],
    403: ['forbidden', 'gateway'],
    409: ['request-in-progress'],
    413: ['body-too-large', 'gateway'],
    415: ['unsupported-media-type'],
    422: ['idempotency-key-reused'],
    429: ['gateway'],
    500: ['internal-error', 'gateway'],
    503: ['temporarily-unavailable', 'gateway'],
  },
  'GET /orders': {
    200: ['body'],
    400: ['invalid-request', 'invalid-cursor', 'invalid-identifier'],
    401: ['gateway'],
    403: ['forbidden', 'gateway'],
    429: ['gateway'],
    500: ['internal-error', 'gateway'],
    503: ['temporarily-unavailable', 'gateway'],
  },
  'GET /orders/{orderId}': {
    200: ['body'],
    304: ['empty'],
    401: ['gateway'],
    403: ['forbidden', 'gateway'],
    404: ['not-found'],
    429: ['gateway'],
    500: ['internal-error', 'gateway'],
    503: ['temporarily-unavailable', 'gateway'],
  },
  'POST /orders/{orderId}/cancel': {
    200: ['body'],
    202: ['body'],
    401: ['gateway'],
    403: ['forbidden', 'gateway'],
    404: ['not-found'],
    409: ['order-ended'],
    413: ['gateway'],
    429: ['gateway'],
    500: ['internal-error', 'gateway'],
    503: ['temporarily-unavailable', 'gateway'],
  },
  'GET /products': {
    200: ['body'],
    401: ['gateway'],
    403: ['gateway'],
    429: ['gateway'],
    500: ['internal-error', 'gateway'],
    503: ['temporarily-unavailable', 'gateway'],
  },
  'GET /products/{productId}': {
    200: ['body'],
    304: ['empty'],
    401: ['gateway'],
    403: ['gateway'],
    404: ['not-found'],
    429: ['gateway'],
    500: ['internal-error', 'gateway'],
    503: ['temporarily-unavailable', 'gateway'],
  },
  'PUT /products/{productId}': {
    200: ['body'],
    201: ['body'],
    400: ['invalid-request', 'invalid-identifier'],
    401: ['gateway'],
    403: ['gateway'],
    413: ['body-too-large', 'gateway'],
    415: ['unsupported-media-type'],
    429: ['gateway'],
    500: ['internal-error', 'gateway'],
    503: ['temporarily-unavailable', 'gateway'],
  },
  'POST /products/{productId}/restock': {
    200: ['body'],
    400: ['invalid-request', 'invalid-idempotency-key', 'quantity-out-of-range'],
    401: ['gateway'],
    403: ['gateway'],
    404: ['not-found'],
    413: ['body-too-large', 'gateway'],
    415: ['unsupported-media-type'],
    422: ['idempotency-key-reused'],
    429: ['gateway'],
    500: ['internal-error', 'gateway'],
    503: ['temporarily-unavailable', 'gateway'],
  },
} satisfies Readonly<Record<string, Readonly<Record<number, readonly (ProblemKind | 'gateway' | 'body' | 'empty')[]>>>>;

describe('the routes', () => {
  const inShort = ({ status, content }: (typeof responses)[number]): string[] => {
    const problem = content['application/problem+json'];
    const forms = Object.keys(content).length === 0 ? ['empty'] : [];
    if (problem !== undefined) forms.push(...problemTypesOf(problem.schema).map((type) => type.replace(prefix, '')));
    if (content['application/json'] !== undefined) forms.push(status < 400 ? 'body' : 'gateway');
    return forms;
  };

  it('are all there, each with every answer that it can give', () => {
    const documented = Object.fromEntries(
      operations.map(({ name }) => [
        name,
        Object.fromEntries(
          responses.filter(({ operation }) => operation === name).map((one) => [one.status, inShort(one)]),
        ),
      ]),
    );
    expect(documented).toEqual(routes);
  });

  it.each([
    ['POST /orders 201', { 'X-Correlation-Id': true, Location: true, 'Idempotent-Replayed': undefined }],
    ['GET /orders/{orderId} 200', { 'X-Correlation-Id': true, ETag: true, 'Cache-Control': true }],
    ['GET /orders/{orderId} 304', { 'X-Correlation-Id': true, ETag: true, 'Cache-Control': true }],
    ['POST /orders/{orderId}/cancel 202', { 'X-Correlation-Id': true, Location: true }],
    ['POST /orders 409', { 'X-Correlation-Id': true, 'Retry-After': true }],
    ['POST /orders/{orderId}/cancel 409', { 'X-Correlation-Id': true }],
    ['GET /products/{productId} 200', { 'X-Correlation-Id': true, ETag: true, 'Cache-Control': true }],
    ['PUT /products/{productId} 201', { 'X-Correlation-Id': true, Location: true }],
    ['POST /products/{productId}/restock 200', { 'X-Correlation-Id': true, 'Idempotent-Replayed': undefined }],
    ['GET /products 503', { 'X-Correlation-Id': undefined, 'Retry-After': undefined }],
    ['GET /products 429', {}],
    ['POST /orders 401', { 'WWW-Authenticate': true }],
    ['POST /orders 403', { 'X-Correlation-Id': undefined, 'WWW-Authenticate': undefined }],
  ])('%s has its headers, required where they are always there', (name, expected) => {
    const headers = responses.find((response) => response.name === name)?.headers ?? {};
    expect(Object.fromEntries(Object.entries(headers).map(([header, { required }]) => [header, required]))).toEqual(
      expected,
    );
  });
});
