/** The operations on parameters. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { arn } from '../arn.ts';
import { AwsError, notImplemented } from '../aws-error.ts';
import type { Clock } from '../clock.ts';
import { type BoundOperation, operation, parser, type Permission } from '../service.ts';
import { refuseName } from './parameter-name.ts';
import type { ParameterStore, StoredParameter } from './parameter-store.ts';

/** The largest value of the standard tier, in bytes, and the most names that GetParameters takes. */
const LARGEST_VALUE = 4096;
const MOST_NAMES = 10;

const name = z.string().min(1).max(2048);
const parseGet = parser(z.strictObject({ Name: name, WithDecryption: z.boolean().default(false) }));
const parseGetMany = parser(
  z.strictObject({ Names: z.array(name).min(1).max(MOST_NAMES), WithDecryption: z.boolean().default(false) }),
);
const parsePut = parser(
  z.strictObject({
    // Blanks around a name are taken off.
    Name: name.transform((given) => given.trim()),
    Value: z.string().min(1),
    Type: z.enum(['String', 'StringList', 'SecureString']).optional(),
    Overwrite: z.boolean().default(false),
    Tier: z.literal('Standard').optional(),
    DataType: z.literal('text').optional(),
  }),
);

/** GetParameter, GetParameters and PutParameter (https://docs.aws.amazon.com/systems-manager/latest/APIReference/). */
export function parameterOperations(parameters: ParameterStore, clock: Clock): Record<string, BoundOperation> {
  return {
    GetParameter: operation({
      parse: parseGet,
      needs: ({ Name }) => permissions('ssm:GetParameter', [Name]),
      run: ({ Name, WithDecryption }) => {
        const parameter = parameters.get(plain(Name));
        if (parameter === undefined) throw new AwsError('ParameterNotFound', '');
        return { Parameter: shown(parameter, WithDecryption) };
      },
    }),
    GetParameters: operation({
      parse: parseGetMany,
      needs: ({ Names }) => permissions('ssm:GetParameters', Names),
      run: ({ Names, WithDecryption }) => {
        const found = Names.flatMap((each) => parameters.get(plain(each)) ?? []);
        const names = new Set(found.map((parameter) => parameter.name));
        return {
          Parameters: found.map((parameter) => shown(parameter, WithDecryption)),
          InvalidParameters: Names.filter((each) => !names.has(each)),
        };
      },
    }),
    PutParameter: operation({
      parse: parsePut,
      needs: ({ Name }) => permissions('ssm:PutParameter', [Name]),
      run: ({ Name, Value, Type, Overwrite }) => {
        refuseName(Name);
        const present = parameters.get(Name);
        const type = Type ?? present?.type;
        refusePut(present, type, Value, Overwrite);
        return { Version: parameters.put(Name, type ?? 'String', Value, clock.now()), Tier: 'Standard' };
      },
    }),
  };
}

/** Where the name begins with a slash, the ARN has no second one. */
function parameterArn(name: string): string {
  return arn('ssm', `parameter${name.startsWith('/') ? '' : '/'}${name}`);
}

/** @throws AwsError where standard parameters cannot hold this value */
export function refuseValue(value: string): void {
  if (Buffer.byteLength(value) <= LARGEST_VALUE) return;
  throw new AwsError(
    'ValidationException',
    `Standard tier parameters support a maximum parameter value of ${LARGEST_VALUE} characters. ` +
      'To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier.',
  );
}

function refusePut(
  present: StoredParameter | undefined,
  type: string | undefined,
  value: string,
  overwrite: boolean,
): void {
  if (present !== undefined && !overwrite) {
    throw new AwsError(
      'ParameterAlreadyExists',
      'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
    );
  }
  if (present !== undefined && type !== present.type) {
    throw new AwsError(
      'HierarchyTypeMismatchException',
      "Parameter Store doesn't support changing a parameter type in a hierarchy. You must create a new, unique parameter.",
    );
  }
  if (type === undefined) {
    throw new AwsError('ValidationException', 'A parameter type is required when you create a parameter.');
  }
  refuseValue(value);
}

/** With the account's own key (aws/ssm), which a SecureString has here, no permission on the key is asked for. */
function permissions(action: string, names: readonly string[]): Permission[] {
  return names.map((each) => ({ action, resource: parameterArn(plain(each)) }));
}

/** Versions and labels are asked for as `name:selector`. */
function plain(given: string): string {
  if (given.includes(':')) throw notImplemented('parameter versions, labels and ARNs as names');
  return given;
}

function shown({ name: Name, type, value, version, modified_at: modifiedAt }: StoredParameter, decrypted: boolean) {
  return {
    Name,
    Type: type,
    Value: type === 'SecureString' && !decrypted ? encrypted(value) : value,
    Version: version,
    LastModifiedDate: modifiedAt / 1000,
    ARN: parameterArn(Name),
    DataType: 'text',
  };
}

/** Looks like ciphertext, and tells nothing. */
function encrypted(value: string): string {
  return `AQICAHi${createHash('sha512').update(value).digest('base64')}`;
}
