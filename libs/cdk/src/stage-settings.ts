/** What a stage is set to: `stages.json`, the one file in which the stages differ by a team's own choice. */
import { idempotencyKey } from '@distributed-patterns/durations';
import { readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import * as z from 'zod';
import { stageName } from './naming.ts';

/**
 * Who may call the stage's APIs: bearers of a token (a JWT) that this issuer has signed, as API Gateway checks it
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html).
 */
export interface TokenSettings {
  /** The `iss` of a token, under which its keys are found by OpenID Connect discovery. */
  readonly issuer: string;
  /** A token's `aud` has at least one of these; its `client_id` is one where it has no `aud`. */
  readonly audiences: readonly string[];
  /** A token needs at least one of these; where there are none, any token of the issuer will do. */
  readonly scopes: readonly string[];
  /** A token needs at least one of these for what only administrators may do. */
  readonly adminScopes: readonly string[];
}

/** What a stage is set to, the defaults filled in. */
export interface StageSettings {
  /** Absent where the stage's APIs are open to everybody. */
  readonly auth?: TokenSettings;
  /** What one API lets through: requests a second, and at once. */
  readonly throttle: { readonly rateLimit: number; readonly burstLimit: number };
  /** How long an idempotency key holds, in seconds. */
  readonly idempotencySeconds: number;
  /** The domain that mails come from, verified in SES. */
  readonly senderDomain?: string;
  /** Where customers without an address are written to, `<customerId>@<domain>`; absent where they are not written to. */
  readonly fallbackEmailDomain?: string;
  /** How mails write numbers and amounts: BCP 47, in its canonical form. */
  readonly mailLocale: string;
  /** The SNS topic that alarms tell. */
  readonly alarmTopicArn?: string;
}

/** The settings of a stage cannot be used; the message is one sentence for whoever edits them. */
export class StageSettingsError extends Error {
  override readonly name = 'StageSettingsError';
}

/** Requests a second: an order of magnitude over what the saga's quotas let through, far below the account's 10,000. */
const THROTTLE = { rateLimit: 1000, burstLimit: 2000 };

/** What a stage has that sets nothing: an open API, and mails as readers of their English expect them. */
export const openSettings: StageSettings = {
  throttle: THROTTLE,
  idempotencySeconds: idempotencyKey.standard,
  mailLocale: 'en-US',
};

const workspaceRoot = join(import.meta.dirname, '../../..');

/** API Gateway takes an issuer over TLS only; one on the loopback is for trying things out on one's own machine. */
const loopback = new Set(['localhost', '127.0.0.1']);
const domainName = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
const topicArn = /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w-]+$/;

const mustBe = {
  issuer:
    'must be an https URL without blanks, query and fragment, or http on localhost or 127.0.0.1 for trying things out',
  audience: 'must be a text or a list of texts',
  scopes: 'must be a list of texts',
  scope: 'must be one scope, without blanks: each has a text of its own',
  anonymous: 'must be true or absent',
  rate: 'must be a number of requests a second above 0',
  burst: 'must be a whole number of requests, 1 or more',
  seconds: `must be a whole number of seconds from ${idempotencyKey.shortest} to ${idempotencyKey.longest}`,
  domain: 'must be a domain name in lower case, such as shop.example',
  locale: 'must be a locale that Intl knows, as BCP 47 writes it, such as en-GB',
  topic: 'must be the ARN of an SNS topic',
};

const text = z.string('must be a text').min(1, 'must not be empty');

const throttleMembers = {
  rateLimit: z.number(mustBe.rate).positive(mustBe.rate).default(THROTTLE.rateLimit),
  burstLimit: z.int(mustBe.burst).positive(mustBe.burst).default(THROTTLE.burstLimit),
};

const members = {
  authIssuer: z.string(mustBe.issuer).refine(isIssuer, mustBe.issuer).optional(),
  authAudience: z.union([text, z.array(text).min(1, mustBe.audience)], mustBe.audience).optional(),
  authScopes: z.array(text.regex(/^\S*$/, mustBe.scope), mustBe.scopes).min(1, mustBe.scopes).optional(),
  authAdminScopes: z.array(text.regex(/^\S*$/, mustBe.scope), mustBe.scopes).min(1, mustBe.scopes).optional(),
  allowAnonymous: z.literal(true, mustBe.anonymous).optional(),
  throttle: z.strictObject(throttleMembers, { error: objectOf(throttleMembers) }).default(THROTTLE),
  idempotencySeconds: z
    .int(mustBe.seconds)
    .min(idempotencyKey.shortest, mustBe.seconds)
    .max(idempotencyKey.longest, mustBe.seconds)
    .default(openSettings.idempotencySeconds),
  senderDomain: z.string(mustBe.domain).regex(domainName, mustBe.domain).optional(),
  fallbackEmailDomain: z.string(mustBe.domain).regex(domainName, mustBe.domain).optional(),
  mailLocale: z
    .string(mustBe.locale)
    .refine(isLocale, mustBe.locale)
    .transform((tag) => new Intl.Locale(tag).toString())
    .default(openSettings.mailLocale),
  alarmTopicArn: z.string(mustBe.topic).regex(topicArn, mustBe.topic).optional(),
};

const stageSchema = z.strictObject(members, { error: objectOf(members) }).superRefine((stage, context) => {
  const message = disagreementOf(stage);
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});
type Stage = z.infer<typeof stageSchema>;

const stagesSchema = z.record(z.string(), stageSchema, 'must be an object with one member for each stage');

/** The file that the settings are read from: `stages.json` in the workspace's root, unless `STAGES_FILE` names another. */
export function stagesFile(env: Readonly<Record<string, string | undefined>> = process.env): string {
  return resolve(workspaceRoot, env['STAGES_FILE'] || 'stages.json');
}

/**
 * The settings of a stage. One that the file does not have gets the defaults; `prod` must say who may call it.
 * All stages of the file are checked, so that a slip in one of them shows wherever the file is read.
 * @throws StageSettingsError if the file cannot be read or understood, or leaves `prod` open without saying so
 */
export function settingsOf(stage: string, file = stagesFile()): StageSettings {
  const named = nameOf(file);
  const chosen = parse(read(file, named), named).get(stage) ?? stageSchema.parse({});
  const settings = settingsFrom(chosen);
  if (stage === 'prod' && settings.auth === undefined && chosen.allowAnonymous === undefined) {
    throw new StageSettingsError(
      `${named} leaves prod open to everybody: give prod authIssuer and authAudience there, or allowAnonymous: true if that is meant.`,
    );
  }
  return settings;
}

function settingsFrom(stage: Stage): StageSettings {
  const { throttle, idempotencySeconds, mailLocale, senderDomain, fallbackEmailDomain, alarmTopicArn, ...auth } = stage;
  const {
    authIssuer: issuer,
    authAudience = [],
    authScopes: scopes = [],
    authAdminScopes: adminScopes = ['admin'],
  } = auth;
  return {
    ...(issuer !== undefined && { auth: { issuer, audiences: [authAudience].flat(), scopes, adminScopes } }),
    throttle,
    idempotencySeconds,
    mailLocale,
    ...(senderDomain !== undefined && { senderDomain }),
    ...(fallbackEmailDomain !== undefined && { fallbackEmailDomain }),
    ...(alarmTopicArn !== undefined && { alarmTopicArn }),
  };
}

/** A tag of another form makes Intl throw; one that nobody speaks would be written as this machine's own locale. */
function isLocale(tag: string): boolean {
  try {
    return Intl.NumberFormat.supportedLocalesOf(tag).length > 0;
  } catch {
    return false;
  }
}

/** A URL as a token's `iss` may be (https://openid.net/specs/openid-connect-core-1_0.html#IDToken), since the two are compared letter by letter. */
function isIssuer(text: string): boolean {
  if (!URL.canParse(text) || !/^https?:\/\/[^\s?#@\\]+$/.test(text)) return false;
  return text.startsWith('https://') || isOnThisMachine(text);
}

/** Whether an issuer is one for trying things out, which API Gateway does not take. */
export function isOnThisMachine(issuer: string): boolean {
  const { protocol, hostname } = new URL(issuer);
  return protocol === 'http:' && loopback.has(hostname);
}

/** Why the members of a stage cannot stand beside each other. */
function disagreementOf({
  authIssuer,
  authAudience,
  authScopes,
  authAdminScopes,
  allowAnonymous,
}: Stage): string | undefined {
  if (authIssuer !== undefined && authAudience === undefined)
    return 'has authIssuer without authAudience: a token must be made out to somebody';
  if (authIssuer === undefined && authAudience !== undefined)
    return 'has authAudience without authIssuer: a token must come from somebody';
  if (authIssuer === undefined && authScopes !== undefined)
    return 'has authScopes without authIssuer and authAudience: an open API asks for no token';
  if (authIssuer === undefined && authAdminScopes !== undefined)
    return 'has authAdminScopes without authIssuer and authAudience: an open API asks for no token';
  if (authIssuer !== undefined && allowAnonymous !== undefined)
    return 'has allowAnonymous beside authIssuer: either everybody may call, or those with a token';
  return undefined;
}

function read(file: string, named: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new StageSettingsError(`${named}, which says what the stages are set to, cannot be read.`, { cause });
  }
}

function parse(content: string, named: string): ReadonlyMap<string, Stage> {
  const { success, data, error } = stagesSchema.safeParse(jsonOf(content, named));
  if (!success) {
    const [{ path = [], message = '' } = {}] = error.issues;
    throw new StageSettingsError(`${[`${named}:`, path.join('.')].join(' ').trimEnd()} ${message}.`);
  }
  for (const stage of Object.keys(data)) checkName(stage, named);
  return new Map(Object.entries(data));
}

function jsonOf(content: string, named: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    const detail = cause instanceof Error ? `: ${cause.message.replaceAll(/\s+/g, ' ')}` : '';
    throw new StageSettingsError(`${named} is not JSON${detail}.`, { cause });
  }
}

function checkName(stage: string, named: string): void {
  try {
    stageName(stage);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new StageSettingsError(`${named}: ${cause.message}.`, { cause });
  }
}

type WrongObject = z.core.$ZodIssueUnrecognizedKeys | z.core.$ZodIssueInvalidType;

/** What zod says of a value that is no object, or has a member that nobody knows. */
function objectOf(shape: object): z.core.$ZodErrorMap<WrongObject> {
  const known = Object.keys(shape).join(', ');
  return (issue) =>
    issue.code === 'unrecognized_keys'
      ? `has the unknown member ${issue.keys.join(', ')}; there are ${known}`
      : `must be an object; its members are ${known}`;
}

/** A file as a person of the repository calls it. */
function nameOf(file: string): string {
  const fromRoot = relative(workspaceRoot, file);
  return fromRoot.startsWith('..') ? file : fromRoot;
}
