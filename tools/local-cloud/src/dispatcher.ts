/** Takes a call to the operation it names, once IAM has allowed it: from the wire and from the services themselves. */
import { randomUUID } from 'node:crypto';
import { AwsError, notImplemented } from './aws-error.ts';
import type { Faults } from './faults.ts';
import type { AwsService, Permission, Principal } from './service.ts';

/** Decides whether a principal may do what an operation needs; throws the service's access-denied error. */
export interface Authorizer {
  authorize(principal: Principal, permission: Permission): void;
}

/** Thrown where an injected fault breaks the connection after the work was done: no answer may be sent. */
export class AnswerLost extends Error {
  override readonly name = 'AnswerLost';
}

/** Thrown where the execution environment that made a call has ended: nobody is left to be answered. */
export class CallerEnded extends Error {
  override readonly name = 'CallerEnded';
}

/**
 * Does the work of a call that came over the wire with this session token, or does not, as its caller's life goes.
 * @throws CallerEnded where the caller has ended by then
 */
export type CallerWatch = (sessionToken: string, operation: string, work: () => Promise<unknown>) => Promise<unknown>;

/** The table of all services. A service that calls another (a rule its queue, a task its bus) calls through it too. */
export class Dispatcher {
  readonly #services = new Map<string, AwsService>();
  readonly #authorizer: Authorizer;
  readonly #faults: Faults;
  #callerWatch: CallerWatch = (_sessionToken, _operation, work) => work();

  constructor(authorizer: Authorizer, faults: Faults) {
    this.#authorizer = authorizer;
    this.#faults = faults;
  }

  /** Adds a service under the id that calls name it by; a fault can strike at each of its operations. */
  register(id: string, service: AwsService): void {
    this.#services.set(id, service);
    for (const name of Object.keys(service.operations)) this.#faults.declare(`${id}.${name}`);
  }

  /** All services by id. */
  get services(): ReadonlyMap<string, AwsService> {
    return this.#services;
  }

  /** Sets what stands between the work and those who call over the wire. */
  watchCallers(watch: CallerWatch): void {
    this.#callerWatch = watch;
  }

  /**
   * A call that came over the wire, for which its session token tells who made it.
   * @throws AwsError what the service answers; AnswerLost where a fault says so; CallerEnded
   */
  callFrom(
    { sessionToken, principal }: { readonly sessionToken: string | undefined; readonly principal: Principal },
    id: string,
    operationName: string,
    raw: unknown,
    requestId: string,
  ): Promise<unknown> {
    const work = (): Promise<unknown> => this.call(id, operationName, raw, principal, requestId);
    return sessionToken === undefined ? work() : this.#callerWatch(sessionToken, `${id}.${operationName}`, work);
  }

  /**
   * Parses, authorizes and runs one operation of the service registered as `id`.
   * @throws AwsError what the service answers; AnswerLost where a fault says so
   */
  async call(
    id: string,
    operationName: string,
    raw: unknown,
    principal: Principal,
    requestId: string = randomUUID(),
  ): Promise<unknown> {
    const operation = this.#services.get(id)?.operations[operationName];
    if (operation === undefined) throw notImplemented(`${id}:${operationName}`);
    const bound = operation.bind(raw, { principal, requestId });
    for (const permission of bound.needs) this.#authorizer.authorize(principal, permission);
    const fault = this.#faults.strike(`${id}.${operationName}`);
    if (fault?.effect === 'error') throw injected(fault.error);
    const output = await bound.run();
    if (fault?.effect === 'lose-answer') throw new AnswerLost();
    return output;
  }
}

function injected(
  error: { readonly code: string; readonly message: string; readonly status?: number } | undefined,
): AwsError {
  return new AwsError(error?.code ?? 'InternalServerError', error?.message ?? 'injected fault', {
    status: error?.status ?? 500,
  });
}
