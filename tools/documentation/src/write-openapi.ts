/** Writes the OpenAPI document to `docs/openapi.json`, for people, for clients' generators and for the page of `npm start`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OPENAPI_FILE, openApiText } from './openapi.ts';
import { root } from './repository.ts';

writeFileSync(join(root, OPENAPI_FILE), openApiText());
