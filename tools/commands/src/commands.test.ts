import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command on a machine where nobody is logged in to AWS. */
function run([command, ...args]: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const bare = { PATH: process.env['PATH'], HOME: tmpdir(), AWS_EC2_METADATA_DISABLED: 'true', ...env };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(import.meta.dirname, `${command}.ts`), ...args],
      { env: bare },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
      },
    );
  });
}

async function withServer<T>(use: (port: string) => Promise<T>): Promise<T> {
  const server = createServer((_request, response) => response.end('{}')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  try {
    return await use(typeof address === 'object' ? String(address?.port) : '');
  } finally {
    server.close();
  }
}

describe('the commands', () => {
  it.each(['start', 'test', 'test-full', 'bench', 'deploy', 'remove', 'info', 'logs', 'invoke'])(
    '%s explains itself',
    async (command) => {
      const { code, stdout } = await run([command, '--help']);
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/\n {2}npm (start|test|run \w+)/) });
    },
  );

  it.each(['deploy', 'remove', 'info'])(
    '%s says in one sentence that there are no AWS credentials',
    async (command) => {
      const { code, stdout, stderr } = await run([command, '--stage', 'prod']);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^No AWS credentials were found: .*\.\n$/);
    },
  );

  describe('deploy, for somebody who is logged in,', () => {
    const folder = mkdtempSync(join(tmpdir(), 'commands-'));
    const STAGES_FILE = join(folder, 'stages.json');
    const loggedIn = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_REGION: 'us-east-1', STAGES_FILE };
    const senderDomain = 'shop.example';
    const here = { senderDomain, authIssuer: 'http://localhost:4566/_local-cloud/issuer', authAudience: 'orders' };
    beforeAll(() => writeFileSync(STAGES_FILE, JSON.stringify({ prod: { senderDomain }, test: here })));
    afterAll(() => rmSync(folder, { recursive: true }));

    it.each([
      [
        'refuses a stage that no mail could be sent from',
        'dev',
        /^Give dev a senderDomain in stages\.json, a domain that is verified in SES: [^\n]+\.\n$/,
      ],
      [
        'refuses production where nobody has said who may call it',
        'prod',
        /^\S+stages\.json leaves prod open to everybody: [^\n]+\.\n$/,
      ],
      [
        'refuses an issuer that is only there on this machine',
        'test',
        /^Give test another authIssuer in stages\.json: http:\/\/localhost:4566\/_local-cloud\/issuer is on [^\n]+\.\n$/,
      ],
    ])('%s', async (_what, stage, sentence) => {
      const { code, stdout, stderr } = await run(['deploy', '--stage', stage], loggedIn);
      expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(sentence) });
    });
  });

  it('a stage that cannot be part of a name is refused', async () => {
    const { code, stderr } = await run(['deploy', '--stage', 'My Stage']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/^"My Stage" is no stage: .*\n$/) });
  });

  it.each([['info'], ['logs', 'order'], ['invoke', 'order', 'sweep']])(
    '%s says so when no local-cloud is running',
    async (...args) => {
      const { code, stderr } = await run(args, { AWS_PORT: '1' });
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: expect.stringMatching(/^Nothing answers at http:\/\/localhost:1: run npm start first, .*\n$/),
      });
    },
  );

  it('invoke refuses data that is not JSON, before it calls anything', async () => {
    const { code, stderr } = await run(['invoke', 'order', 'sweep', '--data', '{oops']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '--data is not JSON: {oops\n' });
  });

  it('start tells of a taken port before it builds anything', async () => {
    await withServer(async (port) => {
      const { code, stdout, stderr } = await run(['start'], { API_PORT: port });
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(new RegExp(`^Port ${port} is taken by another program: .* API_PORT=\\d+ npm start\\.\n$`));
    });
  });

  it('an unknown option is answered with the help', async () => {
    const { code, stderr } = await run(['info', '--stag', 'dev']);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('npm run info') });
  });
});
