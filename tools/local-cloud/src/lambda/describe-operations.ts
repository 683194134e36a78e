/** The operations that look at functions and event source mappings. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import * as z from 'zod';
import { AwsError } from '../aws-error.ts';
import type { BoundOperation } from '../service.ts';
import { checkedOperation } from './checked-operation.ts';
import type { EventSourceMapping } from './event-source-mapping.ts';
import type { LambdaFunction } from './function-declaration.ts';
import type { Functions } from './functions.ts';

const named = z.strictObject({ FunctionName: z.string(), Qualifier: z.string().optional() });
const paged = { Marker: z.string().optional(), MaxItems: z.coerce.number().int().min(1).max(10_000).default(50) };

/** ListFunctions, GetFunction, GetFunctionConfiguration (https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html). */
export function functionOperations(functions: Functions, declaredAt: number): Readonly<Record<string, BoundOperation>> {
  const modified = new Date(declaredAt).toISOString().replace('Z', '+0000');
  const described = (declared: LambdaFunction) => configuration(declared, modified);
  return {
    ListFunctions: checkedOperation(z.strictObject(paged), {
      needs: () => [{ action: 'lambda:ListFunctions', resource: '*' }],
      run({ Marker, MaxItems }) {
        const { page, next } = pageOf(functions.all(), Marker, MaxItems);
        return { Functions: page.map(described), NextMarker: next };
      },
    }),
    GetFunction: checkedOperation(named, {
      needs: ({ FunctionName, Qualifier }) => [
        { action: 'lambda:GetFunction', resource: functions.find(FunctionName, Qualifier).arn },
      ],
      run({ FunctionName, Qualifier }) {
        const declared = functions.find(FunctionName, Qualifier);
        const Code = { RepositoryType: 'S3', Location: pathToFileURL(declared.taskRoot).href };
        return { Configuration: described(declared), Code, Tags: declared.tags };
      },
    }),
    GetFunctionConfiguration: checkedOperation(named, {
      needs: ({ FunctionName, Qualifier }) => [
        { action: 'lambda:GetFunctionConfiguration', resource: functions.find(FunctionName, Qualifier).arn },
      ],
      run: ({ FunctionName, Qualifier }) => described(functions.find(FunctionName, Qualifier)),
    }),
  };
}

/** ListEventSourceMappings, GetEventSourceMapping. */
export function mappingOperations(
  mappings: ReadonlyMap<string, EventSourceMapping>,
  functions: Functions,
): Readonly<Record<string, BoundOperation>> {
  return {
    ListEventSourceMappings: checkedOperation(
      z.strictObject({ ...paged, FunctionName: z.string().optional(), EventSourceArn: z.string().optional() }),
      {
        needs: () => [{ action: 'lambda:ListEventSourceMappings', resource: '*' }],
        run({ FunctionName, EventSourceArn, Marker, MaxItems }) {
          const only = FunctionName === undefined ? undefined : functions.find(FunctionName);
          const found = [...mappings.values()].filter(
            (mapping) =>
              (only === undefined || mapping.declared.name === only.name) &&
              (EventSourceArn === undefined || mapping.eventSourceArn === EventSourceArn),
          );
          const { page, next } = pageOf(found, Marker, MaxItems);
          return { EventSourceMappings: page.map((mapping) => mapping.description), NextMarker: next };
        },
      },
    ),
    GetEventSourceMapping: checkedOperation(z.strictObject({ UUID: z.string() }), {
      needs: ({ UUID }) => [{ action: 'lambda:GetEventSourceMapping', resource: mappings.get(UUID)?.arn ?? '*' }],
      run({ UUID }) {
        const mapping = mappings.get(UUID);
        if (mapping !== undefined) return mapping.description;
        throw new AwsError('ResourceNotFoundException', 'The resource you requested does not exist.', {
          status: 404,
          members: { Type: 'User' },
        });
      },
    }),
  };
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html */
function configuration(declared: LambdaFunction, modified: string): object {
  const { bytes, sha256 } = codeOf(declared.taskRoot);
  return {
    FunctionName: declared.name,
    FunctionArn: declared.arn,
    Runtime: declared.runtime,
    Role: declared.role,
    Handler: declared.handler,
    CodeSize: bytes,
    Description: declared.description,
    Timeout: declared.timeout,
    MemorySize: declared.memorySize,
    LastModified: modified,
    CodeSha256: sha256,
    Version: '$LATEST',
    Environment: Object.keys(declared.variables).length > 0 ? { Variables: declared.variables } : undefined,
    TracingConfig: { Mode: declared.tracing },
    State: 'Active',
    LastUpdateStatus: 'Successful',
    PackageType: 'Zip',
    Architectures: [declared.architecture],
    EphemeralStorage: { Size: 512 },
    SnapStart: { ApplyOn: 'None', OptimizationStatus: 'Off' },
    LoggingConfig: {
      LogFormat: declared.logFormat,
      LogGroup: declared.logGroup,
      ApplicationLogLevel: declared.applicationLogLevel,
      SystemLogLevel: declared.systemLogLevel,
    },
  };
}

/** Size and hash of the files as they lie there; AWS has those of the zip. */
function codeOf(taskRoot: string): { readonly bytes: number; readonly sha256: string } {
  const hash = createHash('sha256');
  let bytes = 0;
  for (const entry of readdirSync(taskRoot, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const content = readFileSync(join(entry.parentPath, entry.name));
    bytes += content.length;
    hash.update(content);
  }
  return { bytes, sha256: hash.digest('base64') };
}

function pageOf<Item>(
  items: readonly Item[],
  marker: string | undefined,
  size: number,
): { readonly page: readonly Item[]; readonly next: string | undefined } {
  const from = marker === undefined ? 0 : Number(marker);
  if (!Number.isInteger(from) || from < 0) {
    throw new AwsError('InvalidParameterValueException', 'Invalid Marker', { members: { Type: 'User' } });
  }
  const end = from + size;
  return { page: items.slice(from, end), next: end < items.length ? String(end) : undefined };
}
