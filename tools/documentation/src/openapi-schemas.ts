/** The bodies of the OpenAPI document as JSON Schema 2020-12. */
import * as z from 'zod';
import { createSchema, type oas31, type ZodOpenApiOverride } from 'zod-openapi';
import { type Component, components } from './openapi-components.ts';

/** Formats that say all that zod's expressions for them do. */
const telling = new Set(['uuid', 'date-time']);

/**
 * Every body by its name. They are rendered as what is read, never as what is written: a client that refused members
 * which it does not know would break with the first one that is added.
 */
export function bodySchemas(): Record<string, oas31.SchemaObject> {
  const schemas = Object.fromEntries(Object.entries(components).map(([name, { schema }]) => [name, schema]));
  const rendered = createSchema(z.object(schemas), {
    io: 'input',
    schemaComponents: schemas,
    opts: { override: readably },
  });
  return Object.fromEntries(
    Object.entries(components).map(([name, component]) => [name, described(component, rendered.components[name])]),
  );
}

/** Without what zod says of every integer, date and uuid, and people need not read. */
export const readably: ZodOpenApiOverride = ({ jsonSchema }) => {
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.format !== undefined && telling.has(jsonSchema.format)) delete jsonSchema.pattern;
};

function described({ description, members }: Component, schema: oas31.SchemaObject = {}): oas31.SchemaObject {
  const properties = Object.entries(schema.properties ?? {}).map(
    ([name, property]) => [name, { ...property, description: members[name] }] as const,
  );
  const { type, ...rest } = schema;
  return { type, description, ...rest, properties: Object.fromEntries(properties) };
}
