import { System } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await System.start();
});
afterAll(() => system.stop());

describe('an address whose mail came back', () => {
  it.each(['bounce', 'complaint'])('as a %s is not written to again, and its orders go well', async (what) => {
    const order = { customerEmail: `${what}+shop@simulator.amazonses.com` };
    const first = await system.place(order);
    expect(await system.settled(first.orderId)).toMatchObject({ status: 'COMPLETED' });
    await system.idle();
    const second = await system.place(order);
    expect(await system.settled(second.orderId)).toMatchObject({ status: 'COMPLETED' });
    expect(await system.mails(first.orderId)).toHaveLength(1);
    expect(await system.mails(second.orderId)).toEqual([]);
  });
});
