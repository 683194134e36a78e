/** The admin API: what tests and people ask of the runtime itself, beside what AWS would answer. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import * as z from 'zod';
import type { Activity } from '../activity.ts';
import type { Clock } from '../clock.ts';
import { readBody } from '../endpoint/body.ts';
import { FAULT_EFFECTS, type Faults, UnknownFault } from '../faults.ts';
import { type Iam, NothingToRevoke } from '../iam/index.ts';
import { messageOf } from '../error-text.ts';
import { parseBody, Refusal } from './request.ts';

/** The path that everything of the runtime's own lies under, on the AWS port. */
export const ADMIN_PREFIX = '/_local-cloud';

/** What the admin API shows and moves. */
export interface AdminOptions {
  readonly clock: Clock;
  readonly activity: Activity;
  readonly faults: Faults;
  readonly mailbox: { mailbox(): unknown; mailboxPage(): string };
  readonly payments: () => unknown;
  readonly iam: Pick<Iam, 'grants' | 'denials' | 'revocations' | 'revoke' | 'restore'>;
  /** Takes the requests under `/_local-cloud/stripe`, with that prefix taken off. */
  readonly stripe: RequestListener;
}

interface Page {
  readonly html: string;
}

type Answer = { readonly json: unknown } | Page;
type Route = (body: Buffer, request: IncomingMessage, id: string) => Answer | Promise<Answer>;

const BODY_LIMIT = 1024 * 1024;

const advanceSchema = z.strictObject({ milliseconds: z.number().int().min(0) });

const faultSchema = z.strictObject({
  at: z.string().min(1),
  where: z.record(z.string(), z.string()).optional(),
  effect: z.enum(FAULT_EFFECTS),
  error: z.strictObject({ code: z.string(), message: z.string(), status: z.number().int().optional() }).optional(),
  times: z.number().int().min(1).default(1),
});

const revocationSchema = z.strictObject({
  role: z.string().min(1),
  action: z.string().min(1),
  resource: z.string().min(1).optional(),
});

/** Answers every request under {@link ADMIN_PREFIX}. */
export function createAdmin(options: AdminOptions): RequestListener {
  const routes = routesOf(options);
  const stripePrefix = `${ADMIN_PREFIX}/stripe`;
  return (request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? '';
    if (path === stripePrefix || path.startsWith(`${stripePrefix}/`)) {
      request.url = (request.url ?? '').slice(stripePrefix.length) || '/';
      options.stripe(request, response);
      return;
    }
    readBody(
      request,
      BODY_LIMIT,
      (body) => void answer(routes, path.slice(ADMIN_PREFIX.length), body, request, response),
    );
  };
}

function routesOf(options: AdminOptions): Readonly<Record<string, Route>> {
  const { clock, activity, faults, mailbox, payments } = options;
  const settle = (): Promise<void> => activity.whenIdle();
  const advance = inTurn((milliseconds: number) => clock.advance(milliseconds, settle));
  return {
    'GET /health': () => ({ json: { status: 'ok' } }),
    'GET /clock': () => ({ json: { now: clock.now() } }),
    'POST /clock/advance': async (body) => {
      await advance(parseBody(body, advanceSchema).milliseconds);
      return { json: { now: clock.now() } };
    },
    // Timers that are already due belong to what is under way.
    'POST /idle': async () => {
      await advance(0);
      return { json: { now: clock.now() } };
    },
    'GET /faults': () => ({ json: faults.list() }),
    'POST /faults': (body) => ({ json: { id: faults.inject(parseBody(body, faultSchema)) } }),
    'DELETE /faults': (_body, _request, id) => {
      faults.remove(id === '' ? undefined : id);
      return { json: {} };
    },
    'GET /mailbox': (_, request) =>
      (request.headers.accept ?? '').includes('text/html')
        ? { html: mailbox.mailboxPage() }
        : { json: mailbox.mailbox() },
    'GET /payments': () => ({ json: payments() }),
    ...iamRoutes(options),
  };
}

function iamRoutes({ iam }: AdminOptions): Readonly<Record<string, Route>> {
  return {
    'GET /iam/grants': () => ({ json: iam.grants() }),
    'GET /iam/denials': () => ({ json: iam.denials.list() }),
    'DELETE /iam/denials': () => {
      iam.denials.forget();
      return { json: {} };
    },
    'GET /iam/revocations': () => ({ json: iam.revocations() }),
    'POST /iam/revocations': (body) => ({ json: { id: iam.revoke(parseBody(body, revocationSchema)) } }),
    'DELETE /iam/revocations': (_body, _request, id) => {
      iam.restore(id === '' ? undefined : id);
      return { json: {} };
    },
  };
}

async function answer(
  routes: Readonly<Record<string, Route>>,
  path: string,
  body: Buffer | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    if (body === undefined) throw new Refusal(413, 'the body is too large');
    const [, fixed = path, id = ''] = /^(\/faults|\/iam\/revocations)\/([^/]+)$/.exec(path) ?? [];
    const route = routes[`${request.method} ${fixed}`];
    if (route === undefined) throw new Refusal(404, `there is no ${request.method} ${ADMIN_PREFIX}${path}`);
    send(response, 200, await route(body, request, id));
  } catch (error) {
    const message = messageOf(error);
    const status = error instanceof UnknownFault || error instanceof NothingToRevoke ? 400 : 500;
    send(response, error instanceof Refusal ? error.status : status, { json: { message } });
  }
}

function send(response: ServerResponse, status: number, content: Answer): void {
  if (response.destroyed) return;
  const [type, text] =
    'html' in content ? ['text/html; charset=utf-8', content.html] : ['application/json', JSON.stringify(content.json)];
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text);
}

/** One after another, in the order of the calls. */
function inTurn<Input>(work: (input: Input) => Promise<void>): (input: Input) => Promise<void> {
  let last = Promise.resolve();
  return (input) => {
    const mine = last.then(() => work(input));
    last = mine.catch(() => undefined);
    return mine;
  };
}
