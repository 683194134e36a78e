import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSettings, settingsOf, stagesFile, StageSettingsError } from './stage-settings.ts';

const issuer = 'https://id.shop.example/';
const guarded = { authIssuer: issuer, authAudience: 'orders' };

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'stages-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function fileWith(content: string): string {
  const file = join(folder, 'stages.json');
  writeFileSync(file, content);
  return file;
}

const settingsIn = (stage: string, stages: unknown) => settingsOf(stage, fileWith(JSON.stringify(stages)));

/** What a person is told: without the name of the file, which every sentence begins with. */
function refusal(stage: string, content: string): string {
  const file = fileWith(content);
  try {
    settingsOf(stage, file);
  } catch (error) {
    expect(error).toBeInstanceOf(StageSettingsError);
    const { message } = error as StageSettingsError;
    expect(message.startsWith(file)).toBe(true);
    return message.slice(file.length);
  }
  throw new Error('the settings were taken');
}

describe('the settings of a stage', () => {
  it('are the defaults, an open API, for a stage that sets nothing and for one that is not in the file', () => {
    expect(openSettings).toEqual({
      throttle: { rateLimit: 1000, burstLimit: 2000 },
      idempotencySeconds: 600,
      mailLocale: 'en-US',
    });
    expect(settingsIn('dev', { dev: {} })).toEqual(openSettings);
    expect(settingsIn('other', {})).toEqual(openSettings);
    expect(settingsIn('constructor', {})).toEqual(openSettings);
  });

  it('are what the file says', () => {
    const throttle = { rateLimit: 5, burstLimit: 9 };
    const alarmTopicArn = 'arn:aws:sns:eu-central-1:123456789012:on-call';
    const senderDomain = 'mail.shop.example';
    const fallbackEmailDomain = 'customers.shop.example';
    const prod = {
      ...guarded,
      authScopes: ['shop'],
      authAdminScopes: ['stock/write'],
      throttle,
      idempotencySeconds: 86_400,
      senderDomain,
      fallbackEmailDomain,
      mailLocale: 'de-DE',
      alarmTopicArn,
    };
    expect(settingsIn('prod', { prod })).toEqual({
      auth: { issuer, audiences: ['orders'], scopes: ['shop'], adminScopes: ['stock/write'] },
      throttle,
      idempotencySeconds: 86_400,
      senderDomain,
      fallbackEmailDomain,
      mailLocale: 'de-DE',
      alarmTopicArn,
    });
  });

  it.each([
    ['DE-at', 'de-AT'],
    ['fr', 'fr'],
    ['zh-hant-tw', 'zh-Hant-TW'],
  ])('take the locale %s in its canonical form, %s', (mailLocale, canonical) => {
    expect(settingsIn('dev', { dev: { mailLocale } }).mailLocale).toBe(canonical);
  });

  it('may name several audiences, and one half of the throttle', () => {
    const dev = { ...guarded, authAudience: ['web', 'app'], throttle: { rateLimit: 0.5 } };
    expect(settingsIn('dev', { dev })).toMatchObject({
      auth: { audiences: ['web', 'app'], scopes: [], adminScopes: ['admin'] },
      throttle: { rateLimit: 0.5, burstLimit: 2000 },
    });
  });

  it.each([
    'http://localhost:9000',
    'http://127.0.0.1:9000/realm',
    'http://localhost/realm',
    'https://id.shop.example',
  ])('take %s for an issuer, as it is written', (authIssuer) => {
    expect(settingsIn('dev', { dev: { ...guarded, authIssuer } }).auth?.issuer).toBe(authIssuer);
  });
});

describe('production', () => {
  it.each([{ prod: {} }, {}, { prod: { idempotencySeconds: 60 } }])(
    'is refused where nobody has said who may call it: %j',
    (stages) => {
      expect(refusal('prod', JSON.stringify(stages))).toBe(
        ' leaves prod open to everybody: give prod authIssuer and authAudience there, or allowAnonymous: true if that is meant.',
      );
    },
  );

  it('is guarded, or open on purpose', () => {
    expect(settingsIn('prod', { prod: guarded }).auth).toEqual({
      issuer,
      audiences: ['orders'],
      scopes: [],
      adminScopes: ['admin'],
    });
    expect(settingsIn('prod', { prod: { allowAnonymous: true } })).toEqual(openSettings);
  });

  it('does not keep another stage from being synthesized', () => {
    expect(settingsIn('dev', { dev: {}, prod: {} })).toEqual(openSettings);
  });
});

describe('a slip is one sentence', () => {
  const members =
    'authIssuer, authAudience, authScopes, authAdminScopes, allowAnonymous, throttle, idempotencySeconds, senderDomain, fallbackEmailDomain, mailLocale, alarmTopicArn';
  const badIssuer =
    'must be an https URL without blanks, query and fragment, or http on localhost or 127.0.0.1 for trying things out';
  const badSeconds = 'must be a whole number of seconds from 60 to 86400';
  const badLocale = 'must be a locale that Intl knows, as BCP 47 writes it, such as en-GB';
  const badDomain = 'must be a domain name in lower case, such as shop.example';

  it.each([
    ['an unknown member', { authIsuer: issuer }, `: dev has the unknown member authIsuer; there are ${members}.`],
    ['a stage that is no object', [], `: dev must be an object; its members are ${members}.`],
    [
      'an issuer without an audience',
      { authIssuer: issuer },
      ': dev has authIssuer without authAudience: a token must be made out to somebody.',
    ],
    [
      'an audience without an issuer',
      { authAudience: 'orders' },
      ': dev has authAudience without authIssuer: a token must come from somebody.',
    ],
    [
      'scopes without an issuer',
      { authScopes: ['shop'] },
      ': dev has authScopes without authIssuer and authAudience: an open API asks for no token.',
    ],
    [
      'scopes of administrators without an issuer',
      { authAdminScopes: ['stock/write'] },
      ': dev has authAdminScopes without authIssuer and authAudience: an open API asks for no token.',
    ],
    [
      'an API that is open and guarded',
      { ...guarded, allowAnonymous: true },
      ': dev has allowAnonymous beside authIssuer: either everybody may call, or those with a token.',
    ],
    ['allowAnonymous as a text', { allowAnonymous: 'true' }, ': dev.allowAnonymous must be true or absent.'],
    ['allowAnonymous: false', { allowAnonymous: false }, ': dev.allowAnonymous must be true or absent.'],
    ['an issuer over http', { ...guarded, authIssuer: 'http://id.shop.example' }, `: dev.authIssuer ${badIssuer}.`],
    [
      'a host that looks local',
      { ...guarded, authIssuer: 'http://localhost.evil.example/' },
      `: dev.authIssuer ${badIssuer}.`,
    ],
    [
      'a remote host that hides behind a local name',
      { ...guarded, authIssuer: 'http://localhost:x@evil.example/' },
      `: dev.authIssuer ${badIssuer}.`,
    ],
    ['an issuer that is no URL', { ...guarded, authIssuer: 'id.shop.example' }, `: dev.authIssuer ${badIssuer}.`],
    ['an issuer with a blank after it', { ...guarded, authIssuer: `${issuer} ` }, `: dev.authIssuer ${badIssuer}.`],
    ['an issuer with a query', { ...guarded, authIssuer: `${issuer}?a=b` }, `: dev.authIssuer ${badIssuer}.`],
    ['an issuer with a fragment', { ...guarded, authIssuer: `${issuer}#a` }, `: dev.authIssuer ${badIssuer}.`],
    [
      'an issuer with a password',
      { ...guarded, authIssuer: 'https://a:b@id.example' },
      `: dev.authIssuer ${badIssuer}.`,
    ],
    ['an empty audience', { ...guarded, authAudience: '' }, ': dev.authAudience must not be empty.'],
    [
      'an audience that is empty beside another',
      { ...guarded, authAudience: ['web', ''] },
      ': dev.authAudience.1 must not be empty.',
    ],
    ['no audience', { ...guarded, authAudience: [] }, ': dev.authAudience must be a text or a list of texts.'],
    ['no scope', { ...guarded, authScopes: [] }, ': dev.authScopes must be a list of texts.'],
    ['a scope in place of a list', { ...guarded, authScopes: 'shop' }, ': dev.authScopes must be a list of texts.'],
    [
      'two scopes in one text',
      { ...guarded, authScopes: ['read write'] },
      ': dev.authScopes.0 must be one scope, without blanks: each has a text of its own.',
    ],
    ['an empty scope', { ...guarded, authScopes: [''] }, ': dev.authScopes.0 must not be empty.'],
    ['a key of 59 seconds', { idempotencySeconds: 59 }, `: dev.idempotencySeconds ${badSeconds}.`],
    ['a key of more than a day', { idempotencySeconds: 86_401 }, `: dev.idempotencySeconds ${badSeconds}.`],
    ['a key of half seconds', { idempotencySeconds: 60.5 }, `: dev.idempotencySeconds ${badSeconds}.`],
    [
      'a rate of none',
      { throttle: { rateLimit: 0 } },
      ': dev.throttle.rateLimit must be a number of requests a second above 0.',
    ],
    [
      'half a request at once',
      { throttle: { burstLimit: 0.5 } },
      ': dev.throttle.burstLimit must be a whole number of requests, 1 or more.',
    ],
    [
      'an unknown limit',
      { throttle: { rate: 5 } },
      ': dev.throttle has the unknown member rate; there are rateLimit, burstLimit.',
    ],
    ['an address for a domain', { senderDomain: 'orders@shop.example' }, `: dev.senderDomain ${badDomain}.`],
    ['an empty domain', { senderDomain: '' }, `: dev.senderDomain ${badDomain}.`],
    [
      'an address in place of the domain to fall back on',
      { fallbackEmailDomain: 'all@shop.example' },
      `: dev.fallbackEmailDomain ${badDomain}.`,
    ],
    ['a locale that nobody speaks', { mailLocale: 'english' }, `: dev.mailLocale ${badLocale}.`],
    ['a locale as an operating system writes it', { mailLocale: 'en_GB' }, `: dev.mailLocale ${badLocale}.`],
    ['a locale with a line break', { mailLocale: 'en-US\r\n' }, `: dev.mailLocale ${badLocale}.`],
    ['an empty locale', { mailLocale: '' }, `: dev.mailLocale ${badLocale}.`],
    ['several locales', { mailLocale: ['en', 'de'] }, `: dev.mailLocale ${badLocale}.`],
    [
      'a queue for a topic',
      { alarmTopicArn: 'arn:aws:sqs:eu-central-1:123456789012:on-call' },
      ': dev.alarmTopicArn must be the ARN of an SNS topic.',
    ],
  ])('%s', (_what, dev, sentence) => {
    expect(refusal('dev', JSON.stringify({ dev }))).toBe(sentence);
  });

  it('in another stage too', () => {
    expect(refusal('dev', JSON.stringify({ dev: {}, prod: { authIssuer: issuer } }))).toMatch(
      /^: prod has authIssuer /,
    );
  });

  it('for a name that no stage can have', () => {
    expect(refusal('dev', '{"Prod": {}}')).toBe(': not a stage: "Prod"; take 2 to 6 lower-case letters or digits.');
  });

  it('for a file that holds no stages', () => {
    expect(refusal('dev', '[]')).toBe(': must be an object with one member for each stage.');
  });

  it('for JSON that is broken', () => {
    expect(refusal('dev', '{\n  "dev": {,}\n}')).toMatch(/^ is not JSON: [^\n]+\.$/);
  });

  it('for a file that is not there', () => {
    const file = join(folder, 'none.json');
    expect(() => settingsOf('dev', file)).toThrow(`${file}, which says what the stages are set to, cannot be read.`);
  });
});

describe('the file', () => {
  const root = join(import.meta.dirname, '../../..');

  it('is stages.json of the repository, or the one that STAGES_FILE names from there', () => {
    expect(stagesFile({})).toBe(join(root, 'stages.json'));
    expect(stagesFile({ STAGES_FILE: 'dist/stages.json' })).toBe(join(root, 'dist/stages.json'));
    expect(stagesFile({ STAGES_FILE: join(folder, 'stages.json') })).toBe(join(folder, 'stages.json'));
  });
});

it('settings are read without loading the CDK, since commands read them too', () => {
  const script = `
    import Module from 'node:module';
    const loaded = () => Object.keys(Module._cache).some((file) => file.includes('aws-cdk-lib'));
    for (const room of ['stage-settings.ts', 'index.ts']) {
      await import(${JSON.stringify(import.meta.dirname)} + '/' + room);
      process.stdout.write(room + ' ' + loaded() + '\\n');
    }`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(output).toBe('stage-settings.ts false\nindex.ts true\n');
});
