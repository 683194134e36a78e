/** Finds what the CDK has synthesized: the stacks of every app, their templates and their assets. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import * as z from 'zod';
import { ACCOUNT, REGION } from '../arn.ts';
import { templateSchema, type Template } from './template.ts';

/** One synthesized stack. */
export interface SynthesizedStack {
  readonly name: string;
  /** The template's file, as messages name it. */
  readonly file: string;
  readonly template: Template;
  /** Absolute paths of file assets by `bucket/key`. */
  readonly assets: ReadonlyMap<string, string>;
}

const manifestSchema = z.looseObject({
  artifacts: z.record(
    z.string(),
    z.looseObject({
      type: z.string(),
      properties: z
        .looseObject({
          templateFile: z.string().optional(),
          stackName: z.string().optional(),
          file: z.string().optional(),
        })
        .optional(),
    }),
  ),
});

const assetsSchema = z.looseObject({
  files: z
    .record(
      z.string(),
      z.looseObject({
        source: z.looseObject({ path: z.string() }),
        destinations: z.record(z.string(), z.looseObject({ bucketName: z.string(), objectKey: z.string() })),
      }),
    )
    .default({}),
});

/**
 * The stacks of all apps, in the order of the apps' names.
 * @throws Error where an app is not synthesized, or a file cannot be read or understood
 */
export function findStacks(appsDirectory: string): SynthesizedStack[] {
  if (!existsSync(appsDirectory)) throw new Error(`there is no directory ${appsDirectory}`);
  const apps = readdirSync(appsDirectory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => join(appsDirectory, name))
    .sort();
  const missing = apps.filter(
    (app) => existsSync(join(app, 'infra')) && !existsSync(join(app, 'cdk.out', 'manifest.json')),
  );
  if (missing.length > 0)
    throw new Error(`${missing.join(', ')}: not synthesized; run "npx nx run-many -t synth" first`);
  const stacks = apps
    .filter((app) => existsSync(join(app, 'cdk.out', 'manifest.json')))
    .flatMap((app) => stacksOf(join(app, 'cdk.out')));
  if (stacks.length === 0)
    throw new Error(`no synthesized app under ${appsDirectory}; run "npx nx run-many -t synth" first`);
  return stacks;
}

/** https://docs.aws.amazon.com/cdk/v2/guide/deploy.html#deploy-how-synth-assembly: the cloud assembly's manifest. */
function stacksOf(assembly: string): SynthesizedStack[] {
  const { artifacts } = read(join(assembly, 'manifest.json'), manifestSchema);
  const all = Object.entries(artifacts);
  const nested = all.find(([, { type }]) => type === 'cdk:cloud-assembly');
  if (nested !== undefined)
    throw new Error(`${join(assembly, 'manifest.json')}: the nested assembly ${nested[0]} is not supported`);
  const assets = new Map(
    all.flatMap(([, { type, properties }]) =>
      type === 'cdk:asset-manifest' && properties?.file !== undefined ? assetsIn(assembly, properties.file) : [],
    ),
  );
  return all.flatMap(([id, { type, properties }]) => {
    if (type !== 'aws:cloudformation:stack' || properties?.templateFile === undefined) return [];
    const file = join(assembly, properties.templateFile);
    return [
      { name: properties.stackName ?? id, file: relative('', file), template: read(file, templateSchema), assets },
    ];
  });
}

function assetsIn(assembly: string, file: string): [string, string][] {
  const { files } = read(join(assembly, file), assetsSchema);
  return Object.values(files).flatMap(({ source, destinations }) =>
    Object.values(destinations).map(({ bucketName, objectKey }): [string, string] => [
      `${ofThisAccount(bucketName)}/${objectKey}`,
      resolve(assembly, source.path),
    ]),
  );
}

function ofThisAccount(bucketName: string): string {
  return bucketName
    .replaceAll('${AWS::AccountId}', ACCOUNT)
    .replaceAll('${AWS::Region}', REGION)
    .replaceAll('${AWS::Partition}', 'aws');
}

function read<Output>(file: string, schema: z.ZodType<Output>): Output {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new Error(`${relative('', file)}: cannot be read as JSON`, { cause });
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : undefined;
  const where = [...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])].join('.');
  throw new Error(
    `${relative('', file)}: ${where} ${unknown === undefined ? `does not fit: ${issue?.message}` : 'is not supported'}`,
  );
}
