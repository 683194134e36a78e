/** `npm run test:full`: the tests that take long. */
import { main, readCommandLine } from './command-line.ts';
import { runNx } from './nx.ts';

const help = `Runs the long tests, after building what they need: crashes under load, which print how it goes and
their figures at the end, each permission taken away by itself, and a thousand orders for a hundred pieces at
once. Everything else is in npm test.

  npm run test:full

  CRASHES        how often the runtime is killed (50)
  CRASH_ORDERS   how many orders come in each time (200)
  CRASH_SEED     draws again what an earlier run has printed`;

await main(async () => {
  readCommandLine({ help, options: {} });
  process.exitCode = await runNx({
    args: ['run-many', '--target', 'full', '--outputStyle', 'stream-without-prefixes'],
  });
});
