import { Faults, type Fault } from './faults.ts';

const faults = new Faults();
faults.declare('sqs.SendMessage');
faults.declare('sqs.ReceiveMessage');
faults.declare('stripe.create', { effects: ['error', 'lose'], facts: 'any' });

const inject = (fault: Omit<Fault, 'times'>) => () => faults.inject({ ...fault, times: 1 });

describe('a fault', () => {
  it('strikes as often as it is told, where its facts are met', () => {
    faults.inject({ at: 'lambda.run', where: { function: 'one' }, effect: 'error', times: 2 });
    const struck = ['other', 'one', 'one', 'one'].map(
      (name) => faults.strike('lambda.run', { function: name })?.effect,
    );
    expect(struck).toEqual([undefined, 'error', 'error', undefined]);
    faults.remove();
  });

  it.each(['hold', 'hold-answer'] as const)('that is to %s lets go, once, when it is removed', (effect) => {
    const gateway = new Faults();
    gateway.declare('stripe.confirm', { effects: [effect], facts: 'any' });
    let released = 0;
    const id = gateway.inject({ at: 'stripe.confirm', effect, times: 1 });
    gateway.strike('stripe.confirm', {}, () => released++);
    expect(released).toBe(0);
    gateway.remove(id);
    gateway.remove();
    expect(released).toBe(1);
  });

  it.each<[string, Omit<Fault, 'times'>]>([
    ['at an operation of a service', { at: 'sqs.SendMessage', effect: 'lose-answer' }],
    ['with a fact of its point', { at: 'events.deliver', where: { rule: 'to-inbox' }, effect: 'hold' }],
    ['at the calls of a function', { at: 'lambda.call', where: { function: 'one', number: '2' }, effect: 'kill' }],
    ['with a fact that only its caller knows', { at: 'stripe.create', where: { orderId: '1' }, effect: 'lose' }],
  ])('is armed %s', (_where, fault) => {
    const id = inject(fault)();
    expect(faults.list()).toMatchObject([{ id, fault, struck: 0 }]);
    faults.remove(id);
  });

  it.each<[string, Omit<Fault, 'times'>, string]>([
    [
      'at an operation that its service does not have, with those that it has',
      { at: 'sqs.Send', effect: 'error' },
      'at: there is no point sqs.Send; known are sqs.ReceiveMessage, sqs.SendMessage',
    ],
    [
      'at a service that there is not, with every point',
      { at: 's3.PutObject', effect: 'error' },
      'at: there is no point s3.PutObject; known are dynamodb.conflict, events.deliver, lambda.call, lambda.run, sqs.ReceiveMessage, sqs.SendMessage, stripe.create',
    ],
    ['without a service', { at: 'SendMessage', effect: 'error' }, 'there is no point SendMessage; known are dynamodb'],
    [
      'with an effect that its point could only ignore',
      { at: 'sqs.SendMessage', effect: 'hold' },
      'effect: at sqs.SendMessage there is only error, lose-answer',
    ],
    [
      'with the end of a caller that nobody can end',
      { at: 'events.deliver', effect: 'kill' },
      'effect: at events.deliver there is only error, lose, hold, duplicate, lose-answer',
    ],
    [
      'with a fact that its point never has',
      { at: 'events.deliver', where: { detailtype: 'OrderPlaced' }, effect: 'lose' },
      'where.detailtype: at events.deliver there is only detailType, source, rule',
    ],
    [
      'with a fact where there is none',
      { at: 'sqs.SendMessage', where: { queue: 'inbox' }, effect: 'error' },
      'where.queue: at sqs.SendMessage nothing can be compared',
    ],
  ])('is refused %s', (_where, fault, message) => {
    expect(inject(fault)).toThrow(message);
    expect(faults.list()).toEqual([]);
  });
});
