/** Apps synthesized for one test: with settings of its own, into a directory of its own. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const apps = join(__dirname, '../../../apps');

/** What a stage may be told in `stages.json`, as far as tests set it. */
export interface StageSettings {
  readonly authIssuer?: string;
  readonly authAudience?: string | readonly string[];
  readonly authScopes?: readonly string[];
  readonly throttle?: { readonly rateLimit: number; readonly burstLimit: number };
  /** How long an idempotency key holds. */
  readonly idempotencySeconds?: number;
}

/** What to synthesize; what is not given is as `npm start` has it. */
export interface Synthesis {
  readonly settings?: StageSettings;
  /** The apps by the names of their folders. */
  readonly apps?: readonly string[];
}

/** What `--apps` is given. */
export interface SynthesizedApps {
  readonly directory: string;
  /** Removes the directory. */
  remove(): void;
}

/**
 * Synthesizes the stage `dev` of some apps, whose bundles are there already.
 * @throws Error with what the synthesis printed
 */
export async function synthesizeApps({ settings = {}, apps: wanted = allApps() }: Synthesis): Promise<SynthesizedApps> {
  const directory = mkdtempSync(join(tmpdir(), 'apps-of-a-test-'));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  const stagesFile = join(directory, 'stages.json');
  writeFileSync(stagesFile, JSON.stringify({ dev: settings }));
  try {
    await Promise.all(wanted.map((app) => synthesize(app, join(directory, app), stagesFile)));
  } catch (error) {
    remove();
    throw error;
  }
  return { directory, remove };
}

/** One app as a process of its own, as the build does it. */
async function synthesize(app: string, directory: string, stagesFile: string): Promise<void> {
  mkdirSync(directory);
  await promisify(execFile)(process.execPath, ['infra/main.ts'], {
    cwd: join(apps, app),
    env: { ...process.env, STAGE: 'dev', STAGES_FILE: stagesFile, CDK_OUTDIR: join(directory, 'cdk.out') },
  });
}

function allApps(): string[] {
  return readdirSync(apps);
}
