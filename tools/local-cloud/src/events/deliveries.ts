/** Delivers events to targets: at once, many at a time, again after a failure, and at last to the dead letters. */
import type { Fault } from '../faults.ts';
import type { Ground } from '../part.ts';
import { DeliveryStore, type Delivery } from './delivery-store.ts';
import type { BusEvent } from './event.ts';
import { FailedByFault, failureOf, nextAttempt, type Exhausted, type Failure } from './failure.ts';
import type { Declarations, Rule, Target } from './rule.ts';
import { sendDeadLetter, sendToTarget } from './send-to-target.ts';

/** How many deliveries are under way at once. */
const MOST_AT_ONCE = 50;

/**
 * What is owed is in the delivery store before a put is acknowledged, and leaves it once it has been delivered:
 * a killed process delivers again what it could not strike out, as delivery at least once allows.
 */
export class Deliveries {
  readonly #ground: Ground;
  readonly #declarations: Declarations;
  readonly #store: DeliveryStore;
  #waiting: (Delivery | number)[] = [];
  #workers = 0;
  #conclusions: (() => void)[] = [];
  #free: (() => void)[] = [];
  #isStopped = false;

  constructor(ground: Ground, declarations: Declarations) {
    this.#ground = ground;
    this.#declarations = declarations;
    this.#store = new DeliveryStore(ground.database);
  }

  /** Owes an event to each target of a rule; called within the transaction that accepts the event. */
  owe(event: BusEvent, rule: Rule, acceptedAt: number): void {
    for (const target of rule.targets.values()) {
      const delivery = this.#store.add({
        event: event.text,
        detail_type: event.detailType,
        source: event.source,
        rule_arn: rule.arn,
        target_id: target.id,
        accepted_at: acceptedAt,
      });
      this.#store.afterCommit(() => this.#enqueue(delivery));
    }
  }

  /** Takes up what was owed when the process ended. */
  start(): void {
    for (const { id, due_at: dueAt } of this.#store.owed()) this.#enqueueAt(id, dueAt);
  }

  stop(): void {
    this.#isStopped = true;
    this.#waiting = [];
    this.#tellFree();
  }

  /** Resolves once hardly any delivery waits for its turn: for those who have many to make and are in no hurry. */
  async whenFree(): Promise<void> {
    if (this.#waiting.length >= MOST_AT_ONCE) await new Promise<void>((resolve) => this.#free.push(resolve));
  }

  #tellFree(): void {
    const waiting = this.#free;
    this.#free = [];
    for (const goOn of waiting) goOn();
  }

  #enqueueAt(id: number, time: number): void {
    if (time <= this.#ground.clock.now()) this.#enqueue(id);
    else this.#ground.clock.at(time, () => this.#enqueue(id));
  }

  #enqueue(delivery: Delivery | number): void {
    if (this.#isStopped) return;
    this.#waiting.push(delivery);
    this.#addWorker();
  }

  #addWorker(): void {
    if (this.#workers >= MOST_AT_ONCE || this.#waiting.length === 0) return;
    this.#workers++;
    this.#ground.activity.begin(() => this.#work());
  }

  /** Starts on the next turn, so that whoever put the event is answered first. */
  async #work(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        if (this.#waiting.length < MOST_AT_ONCE) this.#tellFree();
        const delivery = typeof next === 'number' ? this.#store.get(next) : next;
        if (delivery !== undefined) await this.#deliver(delivery);
      }
    } finally {
      this.#workers--;
      this.#addWorker();
    }
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const rule = this.#declarations.rules.get(delivery.rule_arn);
    const target = rule?.targets.get(delivery.target_id);
    if (rule === undefined || target === undefined) {
      this.#ground.report(
        `events: ${delivery.rule_arn} has no target ${delivery.target_id} any more; its event is dropped`,
      );
      this.#conclude(() => this.#store.remove(delivery.id));
      return;
    }
    const facts = { detailType: delivery.detail_type, source: delivery.source, rule: rule.name };
    const fault = this.#ground.faults.strike('events.deliver', facts, () => this.#enqueue(delivery));
    if (fault?.effect === 'hold') return;
    try {
      if (fault?.effect !== 'lose') await this.#send(delivery, rule, target, fault);
      this.#conclude(() => this.#store.remove(delivery.id));
    } catch (error) {
      await this.#fail(delivery, rule, target, failureOf(error));
    }
  }

  async #send(delivery: Delivery, rule: Rule, target: Target, fault: Fault | undefined): Promise<void> {
    if (fault?.effect === 'error') throw new FailedByFault(fault.error?.message ?? 'injected fault');
    const { dispatcher } = this.#ground;
    const context = { ruleArn: rule.arn, ruleName: rule.name, ingestionTime: delivery.accepted_at };
    const input = target.transform({ text: delivery.event }, context);
    await sendToTarget(dispatcher, rule, target, input);
    if (fault?.effect === 'duplicate') await sendToTarget(dispatcher, rule, target, input);
    if (fault?.effect === 'lose-answer') throw new FailedByFault('the answer of the target was lost');
  }

  async #fail(delivery: Delivery, rule: Rule, target: Target, failure: Failure): Promise<void> {
    const { clock, random } = this.#ground;
    const failedAttempts = delivery.failed_attempts + 1;
    if (!failure.isRetriable) return this.#giveUp(delivery, rule, target, failure, undefined);
    const next = nextAttempt(target.retryPolicy, delivery.accepted_at, failedAttempts, clock.now(), random);
    if (typeof next === 'string') return this.#giveUp(delivery, rule, target, failure, next);
    this.#conclude(() => {
      this.#store.postpone(delivery.id, failedAttempts, next);
      this.#store.afterCommit(() => this.#enqueueAt(delivery.id, next));
    });
  }

  async #giveUp(
    delivery: Delivery,
    rule: Rule,
    target: Target,
    failure: Failure,
    exhausted: Exhausted | undefined,
  ): Promise<void> {
    const what = `events: ${delivery.detail_type} of rule ${rule.name} did not reach ${target.arn}: ${failure.errorCode} ${failure.message}`;
    if (target.deadLetterArn === undefined) {
      this.#ground.report(`${what}; it has no dead-letter queue and is dropped`);
    } else {
      const letter = {
        event: delivery.event,
        ruleArn: rule.arn,
        targetArn: target.arn,
        failure,
        exhausted,
        retryAttempts: delivery.failed_attempts,
      };
      try {
        await sendDeadLetter(this.#ground.dispatcher, target.deadLetterArn, letter);
        this.#ground.report(`${what}; it is in ${target.deadLetterArn}`);
      } catch (error) {
        this.#ground.report(`${what}; nor did it reach ${target.deadLetterArn}: ${failureOf(error).message}`);
      }
    }
    this.#conclude(() => this.#store.remove(delivery.id));
  }

  /** Writes what became of deliveries, many in one transaction. */
  #conclude(conclusion: () => void): void {
    this.#conclusions.push(conclusion);
    if (this.#conclusions.length > 1) return;
    this.#ground.activity.begin(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      const conclusions = this.#conclusions;
      this.#conclusions = [];
      if (this.#isStopped) return;
      this.#store.transaction(() => {
        for (const conclude of conclusions) conclude();
      });
    });
  }
}
