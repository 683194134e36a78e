import { System } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await System.start();
});
afterEach(() => system.heal());
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

describe('markup in the words of others', () => {
  it('is what it says, in the mail and in the mailbox: nothing of it runs', async () => {
    // No field of an order takes any; a gateway may say what it likes.
    const words = `"'></p></iframe><script>alert(1)</script>`;
    const error = { code: words, message: words, status: 402 };
    await system.inject({ at: 'stripe.confirm', effect: 'error', error });
    const { orderId } = await system.place({ customerEmail: "o'hara@shop.example" });
    const message = `The card was declined (${words}).`;
    expect(await system.settled(orderId)).toMatchObject({
      status: 'FAILED',
      reason: { code: 'PAYMENT_DECLINED', message },
    });
    const [mail, ...others] = await system.mails(orderId);
    expect(others).toEqual([]);
    expect(mail).toMatchObject({
      to: ["o'hara@shop.example"],
      subject: `Your order ${orderId} could not be completed`,
    });
    expect(mail?.text).toContain(message);
    expect(mail?.html).toContain('&quot;&#39;&gt;&lt;/p&gt;&lt;/iframe&gt;&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(mail?.html).not.toMatch(/<script|<iframe/);

    const page = await system.mailboxPage();
    expect(page).toContain(orderId);
    // The page's own script, and a frame for each mail, which may do nothing.
    expect(page.match(/<script/g)).toHaveLength(1);
    expect(page).not.toContain('<script>alert');
    expect(page.match(/<\/iframe/g)).toHaveLength(page.match(/<iframe sandbox="" /g)?.length ?? 0);
  });
});
