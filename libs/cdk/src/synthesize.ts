/** From a stack to CloudFormation: what every `infra/main.ts` does. */
import { rmSync } from 'node:fs';
import { App, Validations } from 'aws-cdk-lib/core';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { stageName } from './naming.ts';
import type { ServiceStackProps, StageStack } from './service-stack.ts';

/** Feature flags: statements with the same effect are merged; what CloudFormation would not take is an error. */
export const FLAGS = { '@aws-cdk/aws-iam:minimizePolicies': true, '@aws-cdk/core:validateAgainstDefaultRules': true };

/**
 * Writes an app's template and assets to `cdk.out` of the current directory. The stage is the CDK context's
 * or the environment variable `STAGE`'s, else `dev`; the bundles are those of `dist/functions/<function>`.
 * Findings of cdk-nag that no line acknowledges make the process fail.
 */
export function synthesize(build: (app: App, props: ServiceStackProps) => StageStack): void {
  // The CDK only ever adds: without this, templates of other stages and assets of old bundles would stay.
  rmSync('cdk.out', { recursive: true, force: true });
  const app = new App({ outdir: 'cdk.out', context: FLAGS, analyticsReporting: false, treeMetadata: false });
  const context: unknown = app.node.tryGetContext('stage');
  const stage = stageName(typeof context === 'string' ? context : (process.env['STAGE'] ?? 'dev'));
  build(app, { stage, code: (name) => Code.fromAsset(`dist/functions/${name}`) });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
}
