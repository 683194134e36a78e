/** `npm run deploy`: puts every app on AWS, the bus first, then fills the catalogue. */
import { awsCloud } from './cloud.ts';
import { CommandError, main, readCommandLine } from './command-line.ts';
import { seedCatalogue } from './functions.ts';
import { runNx } from './nx.ts';

const help = `Deploys every app to AWS: the bus first, then the services.

  npm run deploy [-- --stage dev]
  npm run deploy:dev
  npm run deploy:prod

One app alone: STAGE=dev npx nx deploy order
The account needs \`npx cdk bootstrap\` once per region, and

  SENDER_DOMAIN   a domain that is verified in SES, which mails come from`;

const noSenderDomain =
  'Set SENDER_DOMAIN to a domain that is verified in SES: without one no customer can be told, and every order is undone.';

await main(async () => {
  const { values } = readCommandLine({ help, options: { stage: { type: 'string', default: 'dev' } } });
  const cloud = await awsCloud(values.stage);
  if (process.env['SENDER_DOMAIN'] === undefined) throw new CommandError(noSenderDomain);
  const args = ['run-many', '--target', 'deploy', '--projects', 'tag:type:app', '--outputStyle', 'stream'];
  const code = await runNx({ args, env: { STAGE: cloud.stage } });
  if (code !== 0)
    throw new CommandError(`The deployment of stage ${cloud.stage} failed: see above. It is safe to repeat.`);
  await seedCatalogue(cloud);
  console.log(`Stage ${cloud.stage} is deployed. Its URLs: npm run info -- --stage ${cloud.stage}`);
});
