import { busName } from '@distributed-patterns/cdk';
import { foreignReferences } from '@distributed-patterns/cdk/isolation';
import { propertiesOf, templateOf } from '@distributed-patterns/cdk/testing';
import { EventBusStack } from './event-bus.stack.ts';

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html: a bus's whole policy, in characters. */
const LARGEST_POLICY = 10_240;

const template = templateOf((app, props) => new EventBusStack(app, props));
const denials = propertiesOf(template, 'AWS::Events::EventBusPolicy').map(({ Statement }) => Statement);
const roles = (pattern: string) => ({ 'Fn::Join': ['', expect.arrayContaining([`:role/${pattern}`])] as unknown });

describe('the bus', () => {
  it('is found by its name', () => {
    expect(propertiesOf(template, 'AWS::Events::EventBus')).toEqual([{ Name: busName('dev') }]);
  });

  it.each(['order', 'inventory', 'payment', 'notification', 'orchestrator'])(
    "denies the source %s to everybody but that service's roles in the stage",
    (source) => {
      const own = roles(`distributed-patterns-demo-${source}-*-dev`);
      expect(denials).toContainEqual({
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Action: 'events:PutEvents',
        Resource: expect.anything() as unknown,
        Condition: {
          'ForAnyValue:StringEquals': { 'events:source': [source] },
          ArnNotLike: { 'aws:PrincipalArn': own },
        },
      });
    },
  );

  it('lets no service decide as an operator', () => {
    expect(denials).toContainEqual(
      expect.objectContaining({
        Condition: {
          'ForAnyValue:StringEquals': { 'events:source': ['operator'] },
          ArnLike: { 'aws:PrincipalArn': roles('distributed-patterns-demo-*-*-*') },
        },
      }),
    );
  });

  it('has a policy that fits', () => {
    expect(JSON.stringify(denials).length).toBeLessThan(LARGEST_POLICY);
  });

  it('keeps what went over it, longer in production', () => {
    const archiveDays = (stage: string) =>
      propertiesOf(
        templateOf((app, props) => new EventBusStack(app, props), stage),
        'AWS::Events::Archive',
      ).map(({ RetentionDays }) => RetentionDays);
    expect(archiveDays('dev')).toEqual([7]);
    expect(archiveDays('prod')).toEqual([90]);
  });

  it("refers to nothing of any service but its roles' names", () => {
    expect(foreignReferences(template, 'event-bus')).toEqual([]);
  });
});
