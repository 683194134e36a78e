/** State machines: declared by a template, made by a call, described and listed. */
import { machine, MACHINE, ROLE, START, World } from './given-states.ts';

const DEFINITION_FIELDS = {
  QueryLanguage: 'JSONata',
  StartAt: 'Done',
  States: { Done: { Type: 'Succeed', Output: 'one' } },
} as const;
const DEFINITION = machine(DEFINITION_FIELDS.States);

describe('a state machine in a template (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html)', () => {
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

describe('the operations on state machines (https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html)', () => {
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

  it('take a definition of one megabyte and no more', async () => {
    const padded = (length: number): string => {
      const definition = JSON.stringify({ ...DEFINITION_FIELDS, Comment: '' });
      return JSON.stringify({ ...DEFINITION_FIELDS, Comment: 'x'.repeat(length - definition.length) });
    };
    const world = new World();
    await world.call('CreateStateMachine', { ...call, definition: padded(1_048_576) });
    const longer = { ...call, name: 'longer', definition: padded(1_048_577) };
    expect(await world.refusal('CreateStateMachine', longer)).toContain('ValidationException');
  });

  it('make machines of the Standard type, by names and roles that are some', async () => {
    const world = new World();
    const refusal = (further: Readonly<Record<string, string>>): Promise<string> =>
      world.refusal('CreateStateMachine', { ...call, ...further });
    expect(await refusal({ type: 'EXPRESS' })).toContain(
      'NotImplemented: local-cloud does not implement state machines',
    );
    expect(await refusal({ type: 'FAST' })).toContain('ValidationException');
    expect(await refusal({ name: 'x'.repeat(81) })).toContain('InvalidName');
    expect(await refusal({ roleArn: 'role' })).toContain('InvalidArn');
    for (const name of ['UpdateStateMachine', 'DeleteStateMachine', 'TestState']) {
      expect(await world.refusal(name, {})).toContain('NotImplemented');
    }
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

describe('ValidateStateMachineDefinition (https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html)', () => {
  const validate = (definition: string, further: Readonly<Record<string, string>> = {}): Promise<unknown> =>
    new World().call('ValidateStateMachineDefinition', { definition, ...further });

  it('finds nothing in a definition that is valid', async () => {
    expect(await validate(JSON.stringify(DEFINITION), { type: 'STANDARD', severity: 'ERROR' })).toEqual({
      result: 'OK',
      diagnostics: [],
      truncated: false,
    });
  });

  it('says what is wrong, and where', async () => {
    expect(await validate('{}')).toEqual({
      result: 'FAIL',
      diagnostics: [
        {
          severity: 'ERROR',
          code: 'SCHEMA_VALIDATION_FAILED',
          message: 'These fields are required: [States, StartAt]',
          location: '/',
        },
      ],
      truncated: false,
    });
    expect(await validate('not a definition')).toMatchObject({
      result: 'FAIL',
      diagnostics: [{ severity: 'ERROR', code: 'INVALID_JSON_DESCRIPTION' }],
    });
    expect(await validate(JSON.stringify(machine({ One: { Type: 'Pass', Next: 'Two' } })))).toMatchObject({
      diagnostics: [
        { code: 'MISSING_TRANSITION_TARGET', message: "Missing 'Next' target: Two", location: '/States/One/Next' },
      ],
    });
  });

  it('does not judge what is not emulated', async () => {
    await expect(validate('{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}')).rejects.toThrow('JSONPath');
    await expect(validate(JSON.stringify(DEFINITION), { type: 'EXPRESS' })).rejects.toThrow('EXPRESS');
  });
});
