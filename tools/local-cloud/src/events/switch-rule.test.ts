/** EnableRule and DisableRule, now and after a restart. */
import { Database } from '../database.ts';
import { denying, eventsBench, QUEUE_ARN, type EventsBench } from './test-bench.ts';

const rule = { Name: 'to-inbox', EventBusName: 'orders' };

const stateOf = async (bench: EventsBench): Promise<unknown> =>
  ((await bench.call('DescribeRule', rule)) as { State: string }).State;

describe('DisableRule (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DisableRule.html)', () => {
  it('given a rule that is switched off, when an event is put, then it goes nowhere until the rule is switched on', async () => {
    const bench = eventsBench();
    bench.declareRule('to-inbox');
    expect(await bench.call('DisableRule', rule)).toEqual({});
    await bench.put();
    expect(await bench.bodies('inbox')).toEqual([]);
    expect(await stateOf(bench)).toBe('DISABLED');
    expect(await bench.call('ListRules', { EventBusName: 'orders' })).toMatchObject({ Rules: [{ State: 'DISABLED' }] });
    expect(await bench.call('EnableRule', rule)).toEqual({});
    await bench.put();
    expect(await bench.bodies('inbox')).toHaveLength(1);
  });

  it('given a delivery that is to be tried again, when its rule is switched off, then it is tried all the same', async () => {
    const bench = eventsBench();
    bench.declareRule('to-inbox');
    bench.ground.faults.inject({ at: 'sqs.SendMessage', effect: 'error', times: 1 });
    await bench.put();
    await bench.call('DisableRule', rule);
    await bench.advance(1000);
    expect(await bench.bodies('inbox')).toHaveLength(1);
  });

  it('given a scheduled rule, when it is switched off, then it has no timer, and one again when it is switched on', async () => {
    const bench = eventsBench();
    bench.declare('AWS::Events::Rule', 'Sweep', {
      Name: 'sweep',
      ScheduleExpression: 'rate(5 minutes)',
      Targets: [{ Id: 'inbox', Arn: QUEUE_ARN }],
    });
    bench.start();
    await bench.call('DisableRule', { Name: 'sweep' });
    expect(bench.ground.clock.nextDue()).toBeUndefined();
    await bench.advance(12 * 60_000);
    await bench.call('EnableRule', { Name: 'sweep' });
    await bench.call('EnableRule', { Name: 'sweep' });
    await bench.advance(3 * 60_000);
    expect(await bench.bodies('inbox')).toMatchObject([{ time: '2026-01-15T12:15:00Z' }]);
  });

  it('holds over a restart, until the template says something else', async () => {
    const database = new Database(':memory:');
    const start = (State: string): EventsBench => {
      const bench = eventsBench({ database });
      bench.declareRule('to-inbox', { State });
      bench.start();
      return bench;
    };
    await start('ENABLED').call('DisableRule', rule);
    expect(await stateOf(start('ENABLED'))).toBe('DISABLED');
    expect(await stateOf(start('DISABLED'))).toBe('DISABLED');
    expect(await stateOf(start('ENABLED'))).toBe('ENABLED');
    await start('DISABLED').call('EnableRule', rule);
    expect(await stateOf(start('DISABLED'))).toBe('ENABLED');
    expect(await stateOf(start('ENABLED'))).toBe('ENABLED');
  });
});

describe.each(['EnableRule', 'DisableRule'])(
  '%s (https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_EnableRule.html)',
  (operation) => {
    it('of a rule that does not exist answers so', async () => {
      await expect(eventsBench().call(operation, rule)).rejects.toMatchObject({
        code: 'ResourceNotFoundException',
        message: 'Rule to-inbox does not exist on EventBus orders.',
      });
      await expect(eventsBench().call(operation, { ...rule, EventBusName: 'nowhere' })).rejects.toMatchObject({
        code: 'ResourceNotFoundException',
        message: 'Event bus nowhere does not exist.',
      });
    });

    it('needs the permission for the rule', async () => {
      const bench = eventsBench({ authorizer: denying(`events:${operation}`) });
      bench.declareRule('to-inbox');
      await expect(bench.call(operation, rule)).rejects.toMatchObject({ code: 'AccessDeniedException' });
      expect(bench.asked.at(-1)?.permission).toEqual({
        action: `events:${operation}`,
        resource: 'arn:aws:events:us-east-1:000000000000:rule/orders/to-inbox',
      });
      expect(await stateOf(bench)).toBe('ENABLED');
    });

    it('refuses a request without a name and an unknown parameter', async () => {
      await expect(eventsBench().call(operation, {})).rejects.toMatchObject({ code: 'ValidationException' });
      await expect(eventsBench().call(operation, { ...rule, Force: true })).rejects.toMatchObject({
        code: 'NotImplemented',
      });
    });
  },
);
