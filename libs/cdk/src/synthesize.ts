/** From a stack to CloudFormation: what every `infra/main.ts` does. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { App, Validations } from 'aws-cdk-lib/core';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { stageName } from './naming.ts';
import type { ServiceStackProps, StageStack } from './service-stack.ts';
import { settingsOf, StageSettingsError } from './stage-settings.ts';

/** Feature flags: statements with the same effect are merged; what CloudFormation would not take is an error. */
export const FLAGS = { '@aws-cdk/aws-iam:minimizePolicies': true, '@aws-cdk/core:validateAgainstDefaultRules': true };

/** Where a template goes unless `CDK_OUTDIR` names another folder: nothing else is ever kept there. */
const OUTDIR = 'cdk.out';

/**
 * Writes an app's template and assets to the folder that the environment variable `CDK_OUTDIR` names, else to `cdk.out`
 * of the current directory, and removes what was there. The stage is the CDK context's or the environment variable
 * `STAGE`'s, else `dev`; its settings are those of `stages.json`; the bundles are those of `dist/functions/<function>`.
 * Settings that cannot be used, and findings of cdk-nag that no line acknowledges, make the process fail.
 * @throws RangeError if there is no such stage, or the folder of `CDK_OUTDIR` holds something else
 */
export function synthesize(build: (app: App, props: ServiceStackProps) => StageStack): void {
  const outdir = process.env['CDK_OUTDIR'] || OUTDIR;
  clear(outdir);
  const app = new App({ outdir, context: FLAGS, analyticsReporting: false, treeMetadata: false });
  const context: unknown = app.node.tryGetContext('stage');
  const stage = stageName(typeof context === 'string' ? context : (process.env['STAGE'] ?? 'dev'));
  try {
    build(app, { stage, settings: settingsOf(stage), code: (name) => Code.fromAsset(`dist/functions/${name}`) });
  } catch (error) {
    if (!(error instanceof StageSettingsError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
    return;
  }
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
}

/** What the CDK writes, however far it came. */
const WRITTEN =
  /^(asset\..+|.+\.(template|assets|metadata)\.json|manifest\.json|cdk\.out|tree\.json|validation-report\.json)$/;

/** The CDK only ever adds: without this, templates of other stages and assets of old bundles would stay. */
function clear(outdir: string): void {
  const others = existsSync(outdir) ? readdirSync(outdir).filter((file) => !WRITTEN.test(file)) : [];
  if (outdir !== OUTDIR && others.length > 0)
    throw new RangeError(`CDK_OUTDIR names ${outdir}, which holds what the CDK has not written: ${others[0]}`);
  rmSync(outdir, { recursive: true, force: true });
}
