/** The API's OpenAPI document as a judge of real answers: it says which of them it does not describe, and why. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import * as z from 'zod';

const file = join(__dirname, '../../../docs/openapi.json');
const DOCUMENT = 'openapi.json';
/** The stage that paths may lead with, as they do when they are deployed. */
const STAGE = '/dev';

const headerSchema = z.looseObject({ required: z.boolean().default(false), schema: z.unknown() });
const mediaTypeSchema = z.looseObject({ schema: z.unknown() });
const responseSchema = z.looseObject({
  headers: z.record(z.string(), z.unknown()).default({}),
  content: z.record(z.string(), mediaTypeSchema).default({}),
});
const operationSchema = z.looseObject({
  requestBody: z.unknown().optional(),
  responses: z.record(z.string(), z.unknown()),
});
const requestBodySchema = z.looseObject({ content: z.record(z.string(), mediaTypeSchema) });
const pathsSchema = z.record(z.string(), z.record(z.string(), z.unknown()));
const documentSchema = z.looseObject({ paths: pathsSchema });
const referenceSchema = z.object({ $ref: z.string().startsWith('#/') });
const problemTypesSchema = z.looseObject({
  properties: z.looseObject({
    type: z.union([
      z.object({ enum: z.array(z.string()) }).transform((one) => one.enum),
      z.object({ const: z.string() }).transform((one) => [one.const]),
    ]),
  }),
});

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];

/** An answer as it came; header names are lower-case. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** One response of the document, in one media type. */
export interface DocumentedResponse {
  /** `POST /orders` */
  readonly operation: string;
  readonly status: number;
  /** Undefined where the response has no body. */
  readonly mediaType: string | undefined;
  /** The types that a problem may have here; empty for what is no problem. */
  readonly problemTypes: readonly string[];
}

/** A part of the document, and where it stands: as a list of names from its root. */
interface Part {
  readonly value: unknown;
  readonly at: readonly string[];
}

/** The document that clients are given. */
export class ApiDocument {
  readonly #document: z.infer<typeof documentSchema>;
  readonly #ajv = newAjv({});
  /** Headers are text; what their schemas say is of what that text stands for. */
  readonly #ajvOfHeaders = newAjv({ coerceTypes: true });
  readonly #validators = new Map<string, ValidateFunction>();

  constructor(document: unknown) {
    this.#document = documentSchema.parse(document);
    for (const ajv of [this.#ajv, this.#ajvOfHeaders]) ajv.addSchema(this.#document, DOCUMENT);
  }

  /** The document of this repository, taken to the letter: what it does not mention is not to be answered. */
  static read(): ApiDocument {
    return new ApiDocument(JSON.parse(readFileSync(file, 'utf8'), closed));
  }

  /** Every response that the document describes, once for each media type. */
  responses(): DocumentedResponse[] {
    return this.#operations().flatMap(({ operation }) => this.#responsesOf(operation));
  }

  /** The operation that a request is for, `GET /orders/{orderId}`; undefined where the document has none. */
  operationFor(method: string, path: string): string | undefined {
    const plain = path.startsWith(`${STAGE}/`) ? path.slice(STAGE.length) : path;
    return this.#operations().find((one) => one.method === method && matches(one.path, plain))?.operation;
  }

  /** Whether the document would let a body be sent. */
  acceptsBody(operation: string, body: unknown): boolean {
    const { value, at } = this.#operationPart(operation);
    const requestBody = this.#resolved({ value: value.requestBody, at: [...at, 'requestBody'] });
    requestBodySchema.parse(requestBody.value);
    const schema = [...requestBody.at, 'content', 'application/json', 'schema'];
    return this.#validator(this.#ajv, schema)(body);
  }

  /** What of an answer the document does not describe; empty where it is as described. */
  faultsOf(operation: string, answer: Answer): string[] {
    const response = this.#responsePart(operation, answer.status);
    if (response === undefined) return [`${operation} does not document the status ${answer.status}`];
    const place = `${operation} ${answer.status}`;
    const faults = [...this.#faultsOfBody(response, answer), ...this.#faultsOfHeaders(response, answer)];
    return faults.map((fault) => `${place}: ${fault}`);
  }

  #faultsOfBody({ at, value: { content } }: ResponsePart, { headers, text }: Answer): string[] {
    if (Object.keys(content).length === 0) return text === '' ? [] : ['it has a body, and none is documented'];
    const mediaType = mediaTypeOf(headers);
    if (mediaType === undefined || content[mediaType] === undefined)
      return [`the media type ${mediaType} is not documented`];
    const body = parsed(text);
    if (body === undefined) return [`the body is not JSON: ${text.slice(0, 200)}`];
    const validate = this.#validator(this.#ajv, [...at, 'content', mediaType, 'schema']);
    return validate(body)
      ? []
      : [`the body ${this.#ajv.errorsText(validate.errors, { dataVar: '' })}: ${text.slice(0, 500)}`];
  }

  #faultsOfHeaders({ at, value }: ResponsePart, { headers }: Answer): string[] {
    return Object.entries(value.headers).flatMap(([name, header]) => {
      const part = this.#resolved({ value: header, at: [...at, 'headers', name] });
      const { required } = headerSchema.parse(part.value);
      const text = headers[name.toLowerCase()];
      if (text === undefined) return required ? [`the header ${name} is missing`] : [];
      const validate = this.#validator(this.#ajvOfHeaders, [...part.at, 'schema']);
      return validate(text)
        ? []
        : [`the header ${name}: ${text} ${this.#ajv.errorsText(validate.errors, { dataVar: '' })}`];
    });
  }

  #responsesOf(operation: string): DocumentedResponse[] {
    return Object.keys(this.#operationPart(operation).value.responses).flatMap((status): DocumentedResponse[] => {
      const part = this.#responsePart(operation, Number(status));
      const mediaTypes = Object.keys(part?.value.content ?? {});
      const one = { operation, status: Number(status) };
      if (part === undefined || mediaTypes.length === 0) return [{ ...one, mediaType: undefined, problemTypes: [] }];
      return mediaTypes.map((mediaType) => ({
        ...one,
        mediaType,
        problemTypes: this.#problemTypes([...part.at, 'content', mediaType, 'schema']),
      }));
    });
  }

  /** The types that the schema of a problem lists. */
  #problemTypes(at: readonly string[]): readonly string[] {
    const schema = problemTypesSchema.safeParse(this.#resolved(this.#at(at)).value);
    return schema.success ? schema.data.properties.type : [];
  }

  #operations(): { readonly operation: string; readonly method: string; readonly path: string }[] {
    return Object.entries(this.#document.paths).flatMap(([path, item]) =>
      Object.keys(item)
        .filter((name) => METHODS.includes(name))
        .map((name) => ({ operation: `${name.toUpperCase()} ${path}`, method: name.toUpperCase(), path })),
    );
  }

  #operationPart(operation: string): Part & { readonly value: z.infer<typeof operationSchema> } {
    const [method = '', path = ''] = operation.split(' ');
    const { value, at } = this.#at(['paths', path, method.toLowerCase()]);
    return { value: operationSchema.parse(value), at };
  }

  #responsePart(operation: string, status: number): ResponsePart | undefined {
    const { value, at } = this.#operationPart(operation);
    const response = value.responses[String(status)];
    if (response === undefined) return undefined;
    const part = this.#resolved({ value: response, at: [...at, 'responses', String(status)] });
    return { value: responseSchema.parse(part.value), at: part.at };
  }

  #at(at: readonly string[]): Part {
    let value: unknown = this.#document;
    for (const name of at) value = z.record(z.string(), z.unknown()).parse(value)[name];
    return { value, at };
  }

  /** What a part refers to, where it is a reference. */
  #resolved(part: Part): Part {
    const reference = referenceSchema.safeParse(part.value);
    if (!reference.success) return part;
    const names = reference.data.$ref.slice(2).split('/').map(decodeURIComponent);
    return this.#resolved(this.#at(names.map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))));
  }

  #validator(ajv: Ajv2020, at: readonly string[]): ValidateFunction {
    const names = at.map((name) => encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1')));
    const $ref = `${DOCUMENT}#/${names.join('/')}`;
    const key = `${ajv === this.#ajv ? 'body' : 'header'} ${$ref}`;
    const validate = this.#validators.get(key) ?? ajv.compile({ $ref });
    this.#validators.set(key, validate);
    return validate;
  }
}

type ResponsePart = Part & { readonly value: z.infer<typeof responseSchema> };

/** The whole answer of a fetch. */
export async function answerOf(response: Response): Promise<Answer> {
  return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
}

/** The media type of an answer, without its parameters. */
export function mediaTypeOf(headers: Answer['headers']): string | undefined {
  return headers['content-type']?.split(';')[0]?.trim().toLowerCase();
}

/** OpenAPI 3.1's schemas are JSON Schema's of 2020-12 (https://spec.openapis.org/oas/v3.1.0#schema-object); the rest of the document is none. */
function newAjv(options: { readonly coerceTypes?: boolean }): Ajv2020 {
  const ajv = new Ajv2020({ ...options, strict: false, validateSchema: false, allErrors: false });
  formats.default(ajv);
  return ajv;
}

const openObjectSchema = z.looseObject({
  type: z.literal('object'),
  properties: z.record(z.string(), z.unknown()),
  additionalProperties: z.undefined().optional(),
});

/** Clients must take members that the document does not mention; the service has no reason to send any. */
function closed(_name: string, value: unknown): unknown {
  const schema = openObjectSchema.safeParse(value);
  return schema.success ? { ...schema.data, unevaluatedProperties: false } : value;
}

function matches(template: string, path: string): boolean {
  const wanted = template.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((segment, index) => (segment.startsWith('{') ? given[index] !== '' : segment === given[index]))
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
