/** How large data may be that passes through an execution: each limit from both sides. */
import { RawResponse } from '../service.ts';
import { command, machine, World } from './given-states.ts';
import type { Json } from './json.ts';

const KIB = 1024;
const LIMIT = 256 * KIB;

/** A text whose JSON has so many bytes. */
function text(bytes: number): string {
  return 'x'.repeat(bytes - 2);
}

type Outcome = Awaited<ReturnType<World['run']>>;

function exceeded(subject: string): Readonly<Record<string, string>> {
  const where = `The state/task '${subject}' returned a result with a size exceeding the maximum number of bytes service limit.`;
  return { status: 'FAILED', error: 'States.DataLimitExceeded', cause: where };
}

describe('the payload quota (https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html#service-limits-task-executions)', () => {
  it('holds for the output of a state', async () => {
    const giving = (size: number): Promise<Outcome> =>
      new World().run(machine({ Give: { Type: 'Pass', Output: text(size), End: true } }));
    expect((await giving(LIMIT)).status).toBe('SUCCEEDED');
    expect(await giving(LIMIT + 1)).toMatchObject(exceeded('Give'));
  });

  it('counts bytes of UTF-8', async () => {
    const giving = (length: number): Promise<Outcome> =>
      new World().run(machine({ Give: { Type: 'Pass', Output: 'ü'.repeat(length), End: true } }));
    expect((await giving(LIMIT / 2 - 1)).status).toBe('SUCCEEDED');
    expect(await giving(LIMIT / 2)).toMatchObject(exceeded('Give'));
  });

  it('holds for what a task is asked with, and no request goes out that is larger', async () => {
    const asking = async (size: number): Promise<World> => {
      const world = new World();
      const frame = JSON.stringify({ Entries: [{ Source: 's', DetailType: 't', Detail: '' }] }).length - 2;
      const entry = { Source: 's', DetailType: 't', Detail: text(size - frame) };
      await world.run(machine({ Ask: { ...command('Ask'), Arguments: { Entries: [entry] }, End: true } }));
      return world;
    };
    expect((await asking(LIMIT)).sent).toHaveLength(1);
    expect((await asking(LIMIT + 1)).sent).toHaveLength(0);
  });

  it('holds for the result of a service, whose type is named, and whose task has failed', async () => {
    const answering = async (size: number): Promise<{ outcome: Outcome; types: string[] }> => {
      const world = new World();
      const frame = JSON.stringify({ Payload: '', StatusCode: 200 }).length - 2;
      world.invoke = () => new RawResponse(200, {}, Buffer.from(JSON.stringify(text(size - frame))));
      const invoke = { Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', Arguments: { FunctionName: 'f' } };
      world.declare(machine({ Invoke: { ...invoke, Output: 'done', End: true } }));
      const arn = await world.start();
      return { outcome: await world.describe(arn), types: await world.eventTypes(arn) };
    };
    expect((await answering(LIMIT)).outcome.status).toBe('SUCCEEDED');
    const { outcome, types } = await answering(LIMIT + 1);
    expect(outcome).toMatchObject(exceeded('lambda'));
    expect(types.slice(-2)).toEqual(['TaskFailed', 'ExecutionFailed']);
  });

  it('is no limit that States.ALL catches, but one that its own name does', async () => {
    const catching = (name: string): Promise<Outcome> => {
      const world = new World();
      world.invoke = () => new RawResponse(200, {}, Buffer.from(JSON.stringify(text(LIMIT))));
      return world.run(
        machine({
          Invoke: {
            Type: 'Task',
            Resource: 'arn:aws:states:::lambda:invoke',
            Arguments: { FunctionName: 'f' },
            Retry: [{ ErrorEquals: ['States.ALL'] }],
            Catch: [{ ErrorEquals: [name], Next: 'Caught' }],
            End: true,
          },
          Caught: { Type: 'Succeed' },
        }),
      );
    };
    expect(await catching('States.ALL')).toMatchObject(exceeded('lambda'));
    expect((await catching('States.DataLimitExceeded')).status).toBe('SUCCEEDED');
  });
});

describe('the limits of variables (https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html)', () => {
  const assigning = (variables: Readonly<Record<string, Json>>): Promise<Outcome> =>
    new World().run(machine({ Fill: { Type: 'Pass', Assign: variables, Output: 0, End: true } }));

  it('are 256 KiB for one variable', async () => {
    expect((await assigning({ a: text(LIMIT) })).status).toBe('SUCCEEDED');
    expect(await assigning({ a: text(LIMIT + 1) })).toMatchObject(exceeded('Fill'));
  });

  it('are 256 KiB for all variables of one Assign', async () => {
    expect((await assigning({ a: text(LIMIT / 2), b: text(LIMIT / 2) })).status).toBe('SUCCEEDED');
    expect(await assigning({ a: text(LIMIT / 2), b: text(LIMIT / 2 + 1) })).toMatchObject(exceeded('Fill'));
  });

  it('are 10 MiB for all variables of an execution', async () => {
    const filling = (last: number): Promise<Outcome> => {
      const sizes = [...Array.from({ length: 40 }, () => LIMIT), last].filter((size) => size > 0);
      const states = sizes.map((size, index) => {
        const next: Readonly<Record<string, Json>> =
          index === sizes.length - 1 ? { End: true } : { Next: `Fill${index + 1}` };
        const value = size === 1 ? 0 : text(size);
        return [`Fill${index}`, { Type: 'Pass', Assign: { [`v${index}`]: value }, Output: 0, ...next }] as const;
      });
      return new World().run(machine(Object.fromEntries(states)));
    };
    expect((await filling(0)).status).toBe('SUCCEEDED');
    expect(await filling(1)).toMatchObject(exceeded('Fill40'));
  });

  it('count a variable that is assigned again once', async () => {
    const again = (name: string): Json => ({ Type: 'Pass', Assign: { same: text(LIMIT) }, Output: 0, Next: name });
    const names = Array.from({ length: 45 }, (_, index) => `Fill${index}`);
    const states = names.map((name, index) => [name, again(names[index + 1] ?? 'Done')] as const);
    const world = new World();
    expect((await world.run(machine({ ...Object.fromEntries(states), Done: { Type: 'Succeed' } }))).status).toBe(
      'SUCCEEDED',
    );
  });
});
