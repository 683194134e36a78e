import { alarmName, busName, constructId, parameterName, resourceName, stackName, stageName } from './naming.ts';

describe('names', () => {
  it('begin with the prefix and end with the stage', () => {
    expect(resourceName('dev', 'order', 'place-order')).toBe('distributed-patterns-demo-order-place-order-dev');
    expect(busName('prod')).toBe('distributed-patterns-demo-event-bus-prod');
    expect(stackName('order', 'dev')).toBe('distributed-patterns-demo-order-dev');
    expect(parameterName('dev', 'payment', 'gateway-url')).toBe('/distributed-patterns-demo/dev/payment/gateway-url');
  });

  it('are refused where AWS would refuse them', () => {
    expect(() => resourceName('dev', 'notification-inbox-with-a-very-long-name')).toThrow(RangeError);
  });

  it('of alarms may be longer, so that they say what is wrong', () => {
    const name = 'distributed-patterns-demo-inventory-sold-without-reservation-stage1';
    expect(alarmName('stage1', 'inventory', 'sold-without-reservation')).toBe(name);
  });

  it('leave room for the longest stage', () => {
    expect(resourceName('stage1', 'notification', 'inbox', 'orchestrator').length).toBeLessThanOrEqual(64);
  });

  it.each(['', 'D', 'Prod', 'dev-1', 'a/b', 'averylongstage'])('know that "%s" is no stage', (candidate) => {
    expect(() => stageName(candidate)).toThrow(RangeError);
  });

  it('become construct ids', () => {
    expect(constructId('place-order')).toBe('PlaceOrder');
  });
});
