/** `npm run remove`: takes a stage off AWS, the bus last. */
import { createInterface } from 'node:readline/promises';
import { awsCloud } from './cloud.ts';
import { CommandError, main, readCommandLine } from './command-line.ts';
import { runNx } from './nx.ts';

const help = `Removes every app of a stage from AWS: the services first, the bus last.

  npm run remove [-- --stage dev] [--yes]

  --yes   does not ask`;

await main(async () => {
  const options = { stage: { type: 'string', default: 'dev' }, yes: { type: 'boolean', default: false } } as const;
  const { values } = readCommandLine({ help, options });
  const cloud = await awsCloud(values.stage);
  if (!values.yes) await confirm(cloud.stage);
  const args = ['run-many', '--target', 'destroy', '--projects', 'tag:type:app', '--outputStyle', 'stream'];
  const code = await runNx({ args, env: { STAGE: cloud.stage } });
  if (code !== 0)
    throw new CommandError(`The removal of stage ${cloud.stage} failed: see above. It is safe to repeat.`);
  console.log(`Stage ${cloud.stage} is removed.`);
});

async function confirm(stage: string): Promise<void> {
  if (!process.stdin.isTTY) throw new CommandError(`Removing stage ${stage} needs a yes: add --yes.`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`Remove stage ${stage} from AWS? Type its name to go on: `);
  terminal.close();
  if (answer.trim() !== stage) throw new CommandError('Nothing was removed.');
}
