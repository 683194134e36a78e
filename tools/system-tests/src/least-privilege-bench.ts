/** A running system whose permissions are taken away and given back. */
import { type Grant, isFor, SystemIam } from './least-privilege-iam.ts';
import { Story } from './least-privilege-story.ts';
import { RuntimeProcess } from './runtime-process.ts';
import { System } from './system.ts';

/** Starts the apps of a directory, else those of this repository, with a seeded catalogue. */
export async function startBench(apps?: string) {
  const which = apps === undefined ? [] : ['--apps', apps];
  const runtime = new RuntimeProcess([...which, '--api-port', '0', '--aws-port', '0', '--ephemeral']);
  const system = System.servedBy(runtime, await runtime.ready());
  await system.invoke('inventory', 'seed-catalogue');
  const story = new Story(system);
  return {
    runtime,
    system,
    iam: new SystemIam(system.awsUrl),
    story,
    stop: () => {
      story.destroy();
      return system.stop();
    },
  };
}

/** What is done for an order of the chapter before shows only once that order could go all its way. */
const QUIET_CHAPTERS = 2;

/** What {@link startBench} starts. */
export type Bench = Awaited<ReturnType<typeof startBench>>;

/**
 * Lives on, and gives back what was missed each time, until nothing is missed any more.
 * @returns the grants that were missed
 */
export async function giveBackWhatIsMissed({ iam, story }: Bench): Promise<Grant[]> {
  const missed: Grant[] = [];
  for (let quiet = 0; quiet < QUIET_CHAPTERS; quiet++) {
    await story.everyday();
    // Most is missed in everyday life already.
    if (quiet > 0) await story.mishaps();
    const denials = await iam.denials();
    for (const grant of iam.revoked.filter((one) => denials.some((denial) => isFor(one, denial)))) {
      await iam.restore(grant);
      missed.push(grant);
      quiet = -1;
    }
  }
  return missed;
}
