/** The HTTP APIs of all services as one OpenAPI 3.1 document, made of the contracts' schemas (https://spec.openapis.org/oas/v3.1.0). */
import { createDocument, type oas31, type ZodOpenApiObject } from 'zod-openapi';
import { introduction } from './openapi-introduction.ts';
import { paths } from './openapi-paths.ts';
import { bodySchemas, readably } from './openapi-schemas.ts';

/** Where the document is kept, from the top folder. */
export const OPENAPI_FILE = 'docs/openapi.json';

const api: ZodOpenApiObject = {
  openapi: '3.1.0',
  info: {
    title: 'Orders and products',
    version: '1.0.0',
    description: introduction,
    license: { name: 'MIT', identifier: 'MIT' },
  },
  servers: [{ url: '/', description: 'The host that this document comes from.' }],
  security: [{}, { bearer: [] }],
  tags: [
    { name: 'orders', description: 'The order service.' },
    { name: 'products', description: 'The inventory service.' },
  ],
  paths,
  components: {
    schemas: bodySchemas(),
    securitySchemes: {
      bearer: {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'JWT',
        description: 'Only where the stage asks for a token: its subject is the customer.',
      },
    },
  },
};

/** The document. */
export function openApiDocument(): oas31.OpenAPIObject {
  return createDocument(api, { override: readably });
}

/** The document as the file holds it. */
export function openApiText(): string {
  return `${JSON.stringify(openApiDocument(), null, 2)}\n`;
}
