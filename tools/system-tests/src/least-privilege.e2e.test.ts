import { type Bench, giveBackWhatIsMissed, startBench } from './least-privilege-bench.ts';
import { ASKED_AT_START, ASKED_BEFORE_START, neverAsked, roleAndAction } from './least-privilege-expectations.ts';
import { type Denial, type Grant, isFor, nameOf } from './least-privilege-iam.ts';
import { appsWithout, type CurtailedApps } from './least-privilege-templates.ts';
import { RuntimeProcess } from './runtime-process.ts';

let apps: CurtailedApps | undefined;
afterEach(() => {
  apps?.remove();
  apps = undefined;
});

const names = (grants: readonly Grant[]) => grants.map(nameOf).sort();

/** The lines at the terminal that name what a denied call lacks. */
function missingStatements(output: string): string[] {
  return [...output.matchAll(/^local-cloud: denied: .*; the role (\S+) lacks (\{.*\})$/gm)].map(
    ([, role, statement]) => `${role} ${statement}`,
  );
}

function expectToName({ principal, action, resource, message }: Denial, output: string): void {
  const said = message.toLowerCase();
  for (const part of ['not authorized to perform', action.toLowerCase(), resource.toLowerCase()]) {
    expect(said).toContain(part);
  }
  const statement = JSON.stringify({ Effect: 'Allow', Action: action, Resource: resource });
  expect(missingStatements(output)).toContain(`${principal} ${statement}`);
}

describe('a system whose roles may do nothing of what it asks for while it runs', () => {
  let bench: Bench;
  let revoked: Grant[];
  let missed: Grant[];
  let denials: Denial[];

  beforeAll(async () => {
    bench = await startBench();
    const atStart = new Set([...ASKED_AT_START.flat(), ASKED_BEFORE_START]);
    revoked = (await bench.iam.grants()).filter(({ action }) => !atStart.has(action));
    for (const grant of revoked) await bench.iam.revoke(grant);
    missed = await giveBackWhatIsMissed(bench);
    denials = await bench.iam.denials();
  });

  it('is never denied what no template would have given it', () => {
    expect(denials.filter((denial) => !revoked.some((grant) => isFor(grant, denial)))).toEqual([]);
  });

  it('is denied action by action, until it has all that the templates give it', () => {
    const needed = revoked.filter((grant) => !neverAsked.includes(roleAndAction(grant)));
    expect(names(missed)).toEqual(names(needed));
  });

  it('works once it has been given back what it missed, although it still lacks the rest', async () => {
    expect(bench.iam.revoked.map(roleAndAction).sort()).toEqual(neverAsked);
    const { orderId } = await bench.system.place();
    expect(await bench.system.settled(orderId)).toMatchObject({ status: 'COMPLETED' });
  });

  it('has no permission that no run uses, but for what AWS wants besides', async () => {
    const unused = (await bench.iam.grants()).filter(({ used }) => !used);
    expect(unused.map(roleAndAction).sort()).toEqual(neverAsked);
  });

  it('says at each denial which action on which resource the role lacks', async () => {
    await bench.stop();
    expect(denials.length).toBeGreaterThan(0);
    for (const denial of denials) expectToName(denial, bench.runtime.output);
  });
});

/** How many of these there are by action. */
function countByAction(all: readonly { readonly action: string }[]): Record<string, number> {
  const counts = Map.groupBy(all, ({ action }) => action);
  return Object.fromEntries([...counts].map(([action, { length }]) => [action, length]));
}

describe.each(ASKED_AT_START)('a system whose templates give nobody %s and %s', (...actions) => {
  it('starts, and says of each role that it lacks them', async () => {
    apps = appsWithout(({ action }) => actions.includes(action));
    const bench = await startBench(apps.directory);
    const denials = await bench.iam.denials();
    await bench.stop();
    const byRole = new Map(denials.map((denial) => [`${denial.principal} ${denial.action}`, denial]));
    expect(apps.removed.length).toBeGreaterThan(0);
    expect(countByAction([...byRole.values()])).toEqual(countByAction(apps.removed));
    for (const denial of denials) expectToName(denial, bench.runtime.output);
  });
});

it(`a system of which one role lacks ${ASKED_BEFORE_START} does not start, and says which`, async () => {
  apps = appsWithout(({ action }) => action === ASKED_BEFORE_START);
  const all = apps.removed;
  expect(all).toHaveLength(7);
  for (const lacking of all) {
    apps.remove();
    apps = appsWithout(({ policy, action }) => policy === lacking.policy && action === lacking.action);
    const options = ['--apps', apps.directory, '--api-port', '0', '--aws-port', '0', '--ephemeral'];
    const { output, code } = await new RuntimeProcess(options).ended();
    expect(code).toBe(1);
    expect(missingStatements(output)).toEqual([
      expect.stringMatching(/^arn:aws:iam::\d+:role\/\S+ \{"Effect":"Allow","Action":"sqs:GetQueueAttributes",/),
    ]);
    expect(output).toContain('is not authorized to perform: sqs:getqueueattributes on resource: arn:aws:sqs:');
  }
});
