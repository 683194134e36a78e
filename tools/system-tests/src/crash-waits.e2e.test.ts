import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { System } from './system.ts';

const ALWAYS = 1_000;
const directory = mkdtempSync(join(tmpdir(), 'crash-waits-'));
afterAll(() => rmSync(directory, { recursive: true }));

type Interruption = Parameters<System['inject']>[0];

const failing = (service: string, name: string): Interruption => ({
  at: 'lambda.run',
  where: { function: `distributed-patterns-demo-${service}-${name}-dev` },
  effect: 'error',
  times: ALWAYS,
});

/**
 * What holds an order up, and so what is waiting, without anything under way, when everything is killed: the last step of
 * the saga first, so that the next order is held up earlier and not by what holds up the one before it.
 */
const interruptions: readonly (readonly [string, Interruption])[] = [
  ['a message in a queue, until it is visible again', failing('notification', 'on-message')],
  [
    'a saga, for an answer that was lost, until its time is up',
    { at: 'events.deliver', where: { detailType: 'PaymentProcessed' }, effect: 'lose', times: ALWAYS },
  ],
  ['a batch of a stream, for its function to succeed', failing('payment', 'relay')],
  [
    'a delivery of the bus, for its next attempt',
    { at: 'events.deliver', where: { detailType: 'ReserveInventory' }, effect: 'error', times: ALWAYS },
  ],
];

describe('what waits when everything is killed', () => {
  let system: System;
  const orderIds: string[] = [];

  beforeAll(async () => {
    system = await System.start({ dataDirectory: directory });
    for (const [, interruption] of interruptions) {
      await system.inject(interruption);
      orderIds.push((await system.place()).orderId);
      await system.idle();
    }
    for (const orderId of orderIds) expect(await system.order(orderId)).not.toMatchObject({ status: 'COMPLETED' });
    // The faults go with the process.
    await system.kill();
    system = await System.start({ dataDirectory: directory });
  });
  afterAll(() => system.stop());

  it.each(interruptions.map(([what], place) => [what, place] as const))(
    'goes on after a start: %s',
    async (_, place) => {
      const orderId = orderIds[place] ?? '';
      expect(await system.ended(orderId)).toMatchObject({ status: 'COMPLETED' });
      expect(await system.charged(orderId)).toBe(129999);
      expect(await system.payments(orderId)).toHaveLength(1);
      expect(await system.mails(orderId)).toHaveLength(1);
    },
  );
});
