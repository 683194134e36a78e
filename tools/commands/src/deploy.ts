/** `npm run deploy`: puts every app on AWS, the bus first, then fills the catalogue. */
import {
  isOnThisMachine,
  settingsOf,
  type StageSettings,
  StageSettingsError,
} from '@distributed-patterns/cdk/stage-settings';
import { awsCloud } from './cloud.ts';
import { CommandError, main, readCommandLine } from './command-line.ts';
import { seedCatalogue } from './functions.ts';
import { runNx } from './nx.ts';

const help = `Deploys every app to AWS: the bus first, then the services.

  npm run deploy [-- --stage dev]
  npm run deploy:dev
  npm run deploy:prod

One app alone: STAGE=dev npx nx deploy order
The account needs \`npx cdk bootstrap\` once per region, and the stage needs, in stages.json,

  senderDomain               a domain that is verified in SES, which mails come from
  authIssuer, authAudience   in prod: whose tokens let somebody call; or allowAnonymous: true

  STAGES_FILE                another file in place of stages.json`;

await main(async () => {
  const { values } = readCommandLine({ help, options: { stage: { type: 'string', default: 'dev' } } });
  const cloud = await awsCloud(values.stage);
  checkDeployable(cloud.stage, settings(cloud.stage));
  const args = ['run-many', '--target', 'deploy', '--projects', 'tag:type:app', '--outputStyle', 'stream'];
  const code = await runNx({ args, env: { STAGE: cloud.stage } });
  if (code !== 0)
    throw new CommandError(`The deployment of stage ${cloud.stage} failed: see above. It is safe to repeat.`);
  await seedCatalogue(cloud);
  console.log(`Stage ${cloud.stage} is deployed. Its URLs: npm run info -- --stage ${cloud.stage}`);
});

function settings(stage: string): StageSettings {
  try {
    return settingsOf(stage);
  } catch (error) {
    if (error instanceof StageSettingsError) throw new CommandError(error.message, { cause: error });
    throw error;
  }
}

/** What is good enough for one machine, and not for AWS. */
function checkDeployable(stage: string, { auth, senderDomain }: StageSettings): void {
  if (senderDomain === undefined) {
    throw new CommandError(
      `Give ${stage} a senderDomain in stages.json, a domain that is verified in SES: without one no customer can be told, and every order is undone.`,
    );
  }
  if (auth !== undefined && isOnThisMachine(auth.issuer)) {
    throw new CommandError(
      `Give ${stage} another authIssuer in stages.json: ${auth.issuer} is on this machine, where API Gateway cannot ask for its keys.`,
    );
  }
}
