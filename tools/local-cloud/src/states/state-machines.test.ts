/** State machines: declared by a template, made by a call, described and listed. */
import { machine, MACHINE, ROLE, START, World } from './given-states.ts';

const DEFINITION = machine({ Done: { Type: 'Succeed', Output: 'one' } });

describe('a state machine in a template', () => {
  const declare = (world: World, properties: Readonly<Record<string, unknown>>): unknown =>
    world.part.resources['AWS::StepFunctions::StateMachine']?.({
      stack: 'stack',
      logicalId: 'Saga',
      type: 'AWS::StepFunctions::StateMachine',
      properties: { StateMachineName: 'saga', RoleArn: ROLE, ...properties },
    });

  it('is referred to by its ARN and its name', () => {
    const definition = JSON.stringify(DEFINITION);
    const identity = declare(new World(), {
      DefinitionString: definition,
      StateMachineType: 'STANDARD',
      Tags: [],
      TracingConfiguration: {},
    });
    expect(identity).toEqual({ ref: MACHINE, attributes: { Arn: MACHINE, Name: 'saga' } });
  });

  it('takes its substitutions', async () => {
    const world = new World();
    const definition = JSON.stringify(machine({ Done: { Type: 'Succeed', Output: '${Bus} ${Other}' } }));
    declare(world, { DefinitionString: definition, DefinitionSubstitutions: { Bus: 'the-bus' } });
    expect((await world.describe(await world.start())).output).toBe('"the-bus ${Other}"');
  });

  it('is refused with the name of a property that is not supported, or the mistake in its definition', () => {
    const definition = JSON.stringify(DEFINITION);
    expect(() => declare(new World(), { DefinitionString: definition, EncryptionConfiguration: {} })).toThrow(
      'EncryptionConfiguration',
    );
    expect(() => declare(new World(), { DefinitionString: definition, StateMachineType: 'EXPRESS' })).toThrow(
      'StateMachineType',
    );
    expect(() => declare(new World(), { DefinitionString: '{}' })).toThrow('Invalid State Machine Definition');
  });
});

describe('the operations on state machines', () => {
  const call = { name: 'made', definition: JSON.stringify(DEFINITION), roleArn: ROLE };
  const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:made';

  it('create one once, and again only alike', async () => {
    const world = new World();
    const created = { stateMachineArn, creationDate: START / 1000 };
    expect(await world.call('CreateStateMachine', call)).toEqual(created);
    await world.advance(1_000);
    expect(await world.call('CreateStateMachine', call)).toEqual(created);
    expect(await world.refusal('CreateStateMachine', { ...call, roleArn: `${ROLE}2` })).toContain(
      'StateMachineAlreadyExists',
    );
    expect(await world.refusal('CreateStateMachine', { ...call, name: 'a b' })).toContain('InvalidName');
    expect(await world.refusal('CreateStateMachine', { ...call, name: 'bad', definition: '{}' })).toContain(
      'InvalidDefinition',
    );
  });

  it('describe it', async () => {
    const world = new World();
    await world.call('CreateStateMachine', call);
    expect(await world.call('DescribeStateMachine', { stateMachineArn })).toMatchObject({
      stateMachineArn,
      name: 'made',
      status: 'ACTIVE',
      type: 'STANDARD',
      definition: call.definition,
      roleArn: ROLE,
    });
    expect(await world.refusal('DescribeStateMachine', { stateMachineArn: `${stateMachineArn}x` })).toContain(
      'StateMachineDoesNotExist',
    );
  });

  it('list all of them, page by page', async () => {
    const world = new World(DEFINITION);
    await world.call('CreateStateMachine', call);
    const first = (await world.call('ListStateMachines', { maxResults: 1 })) as { nextToken: string };
    expect(first).toMatchObject({ stateMachines: [{ name: 'made' }] });
    expect(await world.call('ListStateMachines', { nextToken: first.nextToken })).toMatchObject({
      stateMachines: [{ name: 'saga' }],
    });
  });
});
