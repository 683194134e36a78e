import { mkdirSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RuntimeProcess } from './runtime-process.ts';
import { System } from './system.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'crash-start-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const launch = (data = directory) => new RuntimeProcess(['--data', data, '--api-port', '0', '--aws-port', '0']);

/** Places orders, and kills everything while they are under way. */
async function killedUnderLoad(orders: number): Promise<string[]> {
  const system = await System.start({ dataDirectory: directory });
  const placed = await Promise.all(Array.from({ length: orders }, () => system.place()));
  await system.kill();
  return placed.map(({ orderId }) => orderId);
}

describe('a start that is killed', () => {
  it('does no harm, at whatever moment and how often in a row', async () => {
    const orderIds = await killedUnderLoad(5);
    const first = launch();
    await first.crash('all');
    const second = launch();
    await second.serving();
    await second.crash('all');

    const system = await System.start({ dataDirectory: directory });
    for (const orderId of orderIds) expect(await system.ended(orderId)).toMatchObject({ status: 'COMPLETED' });
    expect((await system.product('laptop')).available).toBe(95);
    await system.stop();
  });
});

describe('a write-ahead log that lost its end, as when the power fails', () => {
  it('costs the last moments, and nothing of what was before them', async () => {
    const system = await System.start({ dataDirectory: directory });
    const { orderId } = await system.place();
    await system.ended(orderId);
    await system.place();
    await system.kill();
    const log = join(directory, 'local-cloud.sqlite-wal');
    truncateSync(log, statSync(log).size - 5_000);

    const again = await System.start({ dataDirectory: directory });
    expect(await again.order(orderId)).toMatchObject({ status: 'COMPLETED' });
    const next = await again.place();
    expect(await again.ended(next.orderId)).toMatchObject({ status: 'COMPLETED' });
    await again.stop();
  });
});

describe('a data directory that cannot be used', () => {
  it.each<[string, () => void]>([
    ['is a file', () => writeFileSync(join(directory, 'data'), '')],
    [
      'holds something else than a database',
      () => {
        mkdirSync(join(directory, 'data'));
        writeFileSync(join(directory, 'data', 'local-cloud.sqlite'), 'x'.repeat(10_000));
      },
    ],
  ])('and %s is named in one sentence, with what to set', async (_what, damage) => {
    damage();
    const data = join(directory, 'data');
    expect(await launch(data).ended()).toEqual({
      code: 1,
      output: expect.stringMatching(
        new RegExp(`^local-cloud: the data directory ${data} cannot be used \\(.*LOCAL_CLOUD_DATA.*\\n$`),
      ),
    });
  });
});
