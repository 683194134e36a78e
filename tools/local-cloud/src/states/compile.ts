/** From the text of a definition to one that runs: every transition leads somewhere, every expression parses. */
import { InvalidDefinition, readDefinition, type WrittenState } from './definition-language.ts';
import { targetsOf, type Catcher, type Definition, type State } from './definition.ts';
import { readIntegration } from './integration.ts';
import type { Json } from './json.ts';
import type { Expressions, StatesMember } from './jsonata.ts';
import type { Retrier } from './retry.ts';
import { compileTemplate, expressionsIn, UnreadableExpression, type Template } from './template.ts';

type Written<Type extends WrittenState['Type']> = Extract<WrittenState, { readonly Type: Type }>;

/**
 * Compiles a definition (https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html).
 * @throws AwsError InvalidDefinition or NotImplemented
 */
export function compileDefinition(text: string, expressions: Expressions): Definition {
  const written = readDefinition(text);
  const states = new Map<string, State>();
  for (const [name, state] of Object.entries(written.States)) states.set(name, compileState(name, state, expressions));
  const definition: Definition = { startAt: written.StartAt, timeoutSeconds: written.TimeoutSeconds, states };
  checkTransitions(definition);
  return definition;
}

function compileState(name: string, written: WrittenState, expressions: Expressions): State {
  try {
    return new StateCompiler(name, expressions).compile(written);
  } catch (error) {
    if (!(error instanceof UnreadableExpression)) throw error;
    throw new InvalidDefinition(
      'SCHEMA_VALIDATION_FAILED',
      `Not a JSONata expression (${error.message})`,
      `/States/${name}/${error.location}`,
    );
  }
}

class StateCompiler {
  readonly #name: string;
  readonly #expressions: Expressions;

  constructor(name: string, expressions: Expressions) {
    this.#name = name;
    this.#expressions = expressions;
  }

  compile(written: WrittenState): State {
    const name = this.#name;
    switch (written.Type) {
      case 'Task':
        return this.#task(written);
      case 'Pass':
        return { type: 'Pass', name, ...this.#leaving(written), next: this.#next(written) };
      case 'Wait':
        return {
          type: 'Wait',
          name,
          until: this.#until(written),
          ...this.#leaving(written),
          next: this.#next(written),
        };
      case 'Choice':
        return this.#choice(written);
      case 'Succeed':
        return {
          type: 'Succeed',
          name,
          assign: undefined,
          output: this.#field(written.Output, 'Output'),
          next: undefined,
        };
      case 'Fail':
        return {
          type: 'Fail',
          name,
          error: this.#field(written.Error, 'Error'),
          cause: this.#field(written.Cause, 'Cause'),
        };
      default:
        return written satisfies never;
    }
  }

  #task(written: Written<'Task'>): State {
    if (typeof written.TimeoutSeconds === 'number' && typeof written.HeartbeatSeconds === 'number') {
      if (written.HeartbeatSeconds >= written.TimeoutSeconds) {
        throw this.#invalid('HeartbeatSeconds must be smaller than TimeoutSeconds', 'HeartbeatSeconds');
      }
    }
    return {
      type: 'Task',
      name: this.#name,
      integration: readIntegration(written.Resource, `/States/${this.#name}/Resource`),
      arguments: this.#field(written.Arguments, 'Arguments'),
      timeoutSeconds: this.#field(written.TimeoutSeconds, 'TimeoutSeconds'),
      heartbeatSeconds: this.#field(written.HeartbeatSeconds, 'HeartbeatSeconds'),
      retry: this.#retriers(written),
      catch: this.#catchers(written),
      ...this.#leaving(written, '', ['result']),
      next: this.#next(written),
    };
  }

  #retriers(written: Written<'Task'>): Retrier[] {
    this.#checkErrorEquals(written.Retry, 'Retry');
    return written.Retry.map((retrier, index) => {
      if (retrier.MaxDelaySeconds !== undefined && retrier.MaxDelaySeconds <= retrier.IntervalSeconds) {
        throw this.#invalid('MaxDelaySeconds must be greater than IntervalSeconds', `Retry[${index}]`);
      }
      return {
        errorEquals: retrier.ErrorEquals,
        intervalSeconds: retrier.IntervalSeconds,
        maxAttempts: retrier.MaxAttempts,
        backoffRate: retrier.BackoffRate,
        maxDelaySeconds: retrier.MaxDelaySeconds,
        fullJitter: retrier.JitterStrategy === 'FULL',
      };
    });
  }

  #catchers(written: Written<'Task'>): Catcher[] {
    this.#checkErrorEquals(written.Catch, 'Catch');
    return written.Catch.map((catcher, index) => ({
      errorEquals: catcher.ErrorEquals,
      next: catcher.Next,
      ...this.#leaving(catcher, `Catch[${index}]/`, ['errorOutput']),
    }));
  }

  #choice(written: Written<'Choice'>): State {
    const rules = written.Choices.map((rule, index) => ({
      condition: this.#required(rule.Condition, `Choices[${index}]/Condition`),
      next: rule.Next,
      ...this.#leaving(rule, `Choices[${index}]/`),
    }));
    return { type: 'Choice', name: this.#name, rules, default: written.Default, ...this.#leaving(written) };
  }

  #until(written: Written<'Wait'>): Extract<State, { type: 'Wait' }>['until'] {
    const { Seconds: seconds, Timestamp: timestamp } = written;
    if (seconds !== undefined && timestamp === undefined) {
      return { kind: 'seconds', seconds: this.#required(seconds, 'Seconds') };
    }
    if (timestamp !== undefined && seconds === undefined) {
      return { kind: 'timestamp', timestamp: this.#required(timestamp, 'Timestamp') };
    }
    throw this.#invalid('A Wait state has exactly one of [Seconds, Timestamp]', '');
  }

  /** `States.ALL` stands alone, and in the last place. */
  #checkErrorEquals(list: readonly { readonly ErrorEquals: readonly string[] }[], field: string): void {
    list.forEach(({ ErrorEquals: names }, index) => {
      if (names.includes('States.ALL') && (names.length > 1 || index < list.length - 1)) {
        throw this.#invalid('States.ALL must appear alone and in the last place', `${field}[${index}]/ErrorEquals`);
      }
    });
  }

  #next(written: { readonly Next?: string | undefined; readonly End?: true | undefined }): string | undefined {
    if ((written.Next === undefined) === (written.End === undefined)) {
      throw this.#invalid('Exactly one of [Next, End] is required', '');
    }
    return written.Next;
  }

  #leaving(
    written: { readonly Assign?: Json | undefined; readonly Output?: Json | undefined },
    at = '',
    sees: readonly StatesMember[] = [],
  ): { assign: Template | undefined; output: Template | undefined } {
    return {
      assign: this.#field(written.Assign, `${at}Assign`, sees),
      output: this.#field(written.Output, `${at}Output`, sees),
    };
  }

  #field(value: Json | undefined, location: string, sees: readonly StatesMember[] = []): Template | undefined {
    return value === undefined ? undefined : this.#required(value, location, sees);
  }

  /** @param sees the members of `$states` that this field has beyond those that all have */
  #required(value: Json, location: string, sees: readonly StatesMember[] = []): Template {
    const template = compileTemplate(value, location, this.#expressions);
    for (const { expression, location: place } of expressionsIn(template)) {
      for (const member of expression.reads) {
        if (!sees.includes(member)) throw this.#invalid(`$states.${member} is not accessible in this field`, place);
      }
    }
    return template;
  }

  #invalid(message: string, field: string): Error {
    return new InvalidDefinition(
      'SCHEMA_VALIDATION_FAILED',
      message,
      `/States/${this.#name}${field === '' ? '' : `/${field}`}`,
    );
  }
}

function checkTransitions({ startAt, states }: Definition): void {
  if (!states.has(startAt))
    throw new InvalidDefinition('MISSING_TRANSITION_TARGET', `Missing 'Next' target: ${startAt}`, '/StartAt');
  const reached = new Set([startAt]);
  // A set's iteration goes on to what is added while it runs.
  for (const name of reached) {
    const state = states.get(name);
    if (state === undefined) continue;
    for (const target of targetsOf(state)) {
      if (!states.has(target.name)) {
        throw new InvalidDefinition(
          'MISSING_TRANSITION_TARGET',
          `Missing 'Next' target: ${target.name}`,
          `/States/${name}/${target.field}`,
        );
      }
      reached.add(target.name);
    }
  }
  for (const name of states.keys()) {
    if (!reached.has(name))
      throw new InvalidDefinition('MISSING_TRANSITION_TARGET', `State "${name}" is not reachable.`, `/States/${name}`);
  }
}
