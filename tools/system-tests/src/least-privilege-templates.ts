/** Synthesized apps whose roles lack some actions: what `--apps` is given to see a system start without them. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';

const apps = join(__dirname, '../../../apps');
const oneOrMore = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const policySchema = z.looseObject({
  Type: z.literal('AWS::IAM::Policy'),
  Properties: z.looseObject({
    PolicyDocument: z.looseObject({ Statement: z.array(z.looseObject({ Action: oneOrMore })) }),
  }),
});
const templateSchema = z.looseObject({ Resources: z.record(z.string(), z.unknown()) });

/** An action that a policy of a template allows; `policy` is its app and its logical id. */
export interface PolicyAction {
  readonly policy: string;
  readonly action: string;
}

/** Apps to start, and what was left out of their policies. */
export interface CurtailedApps {
  readonly directory: string;
  readonly removed: readonly PolicyAction[];
  /** Removes the directory. */
  remove(): void;
}

/** Writes the apps' assemblies anew, with policies that lack some actions. */
export function appsWithout(unwanted: (one: PolicyAction) => boolean): CurtailedApps {
  const removed: PolicyAction[] = [];
  const directory = mkdtempSync(join(tmpdir(), 'apps-without-'));
  for (const app of readdirSync(apps)) {
    const wanted = (logicalId: string, action: string): boolean => {
      const one = { policy: `${app} ${logicalId}`, action };
      if (unwanted(one)) removed.push(one);
      return !unwanted(one);
    };
    const assembly = join(apps, app, 'cdk.out');
    const copy = join(directory, app, 'cdk.out');
    mkdirSync(copy, { recursive: true });
    for (const file of readdirSync(assembly)) {
      if (!file.endsWith('.template.json')) symlinkSync(join(assembly, file), join(copy, file));
      else writeFileSync(join(copy, file), filtered(readFileSync(join(assembly, file), 'utf8'), wanted));
    }
  }
  return { directory, removed, remove: () => rmSync(directory, { recursive: true }) };
}

type Wanted = (logicalId: string, action: string) => boolean;

function filtered(template: string, wanted: Wanted): string {
  const { Resources, ...others } = templateSchema.parse(JSON.parse(template));
  const left = Object.entries(Resources).map(([id, resource]): [string, unknown] => {
    const policy = policySchema.safeParse(resource);
    return [id, policy.success ? filteredPolicy(policy.data, (action) => wanted(id, action)) : resource];
  });
  return JSON.stringify({ ...others, Resources: Object.fromEntries(left) });
}

function filteredPolicy(policy: z.infer<typeof policySchema>, wanted: (action: string) => boolean): object {
  const { Properties } = policy;
  const { PolicyDocument } = Properties;
  const Statement = PolicyDocument.Statement.flatMap((statement) => {
    const Action = statement.Action.filter(wanted);
    return Action.length === 0 ? [] : [{ ...statement, Action }];
  });
  return { ...policy, Properties: { ...Properties, PolicyDocument: { ...PolicyDocument, Statement } } };
}
