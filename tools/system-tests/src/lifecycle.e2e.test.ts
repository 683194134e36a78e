import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RuntimeProcess } from './runtime-process.ts';
import { System } from './system.ts';

const dataDirectory = mkdtempSync(join(tmpdir(), 'local-cloud-'));
afterAll(() => rmSync(dataDirectory, { recursive: true }));

/** The processes that were started, however indirectly, with this directory in their environment or arguments. */
function processesOf(directory: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => contentOf(`/proc/${pid}/cmdline`).includes(directory));
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // The process has ended meanwhile.
  }
}

describe('the runtime', () => {
  it('goes on where it was after being killed in the middle of everything', async () => {
    const killed = await System.start({ dataDirectory });
    const placed = await Promise.all(Array.from({ length: 10 }, () => killed.place()));
    await killed.kill();

    const system = await System.start({ dataDirectory });
    for (const { orderId } of placed) {
      expect(await system.ended(orderId)).toMatchObject({ status: 'COMPLETED' });
      expect(await system.payments(orderId)).toHaveLength(1);
      expect(await system.charged(orderId)).toBe(129999);
    }
    expect((await system.product('laptop')).available).toBe(90);
    await system.stop();
  });

  it('keeps everything over a stop, and leaves no process behind', async () => {
    const first = await System.start({ dataDirectory });
    const { orderId } = await first.place();
    const completed = await first.settled(orderId);
    await first.stop();
    expect(processesOf(dataDirectory)).toEqual([]);

    const second = await System.start({ dataDirectory });
    expect(await second.order(orderId)).toEqual(completed);
    expect((await second.product('laptop')).available).toBe(89);
    await second.stop();
  });

  it('says in one sentence which port is taken and what to set, or who holds the data', async () => {
    const running = await System.start({ dataDirectory });
    const { port } = new URL(running.apiUrl);
    const taken = new RuntimeProcess(['--ephemeral', '--api-port', port, '--aws-port', '0']);
    expect(await taken.ended()).toEqual({
      code: 1,
      output: expect.stringMatching(new RegExp(`^.*${port}.*API_PORT.*\\n$`)),
    });
    const second = new RuntimeProcess(['--data', dataDirectory, '--api-port', '0', '--aws-port', '0']);
    expect(await second.ended()).toEqual({ code: 1, output: expect.stringMatching(/^.*LOCAL_CLOUD_DATA.*\n$/) });
    await running.stop();
  });
});
