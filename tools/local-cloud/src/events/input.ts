/** What a target gets: the event, a part of it, a constant, or a text made from it. */
import * as z from 'zod';
import type { BusEvent } from './event.ts';
import { compilePath, type Path } from './json-path.ts';

/** What a transformation may speak of besides the event; the time in milliseconds since the epoch. */
export interface TransformContext {
  readonly ruleArn: string;
  readonly ruleName: string;
  readonly ingestionTime: number;
}

/** Turns an event into the text that is sent. */
export type Transform = (event: Pick<BusEvent, 'text'>, context: TransformContext) => string;

/** At most one of these: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html. */
export interface InputSettings {
  readonly Input?: string | undefined;
  readonly InputPath?: string | undefined;
  readonly InputTransformer?:
    | { readonly InputPathsMap?: Readonly<Record<string, string>> | undefined; readonly InputTemplate: string }
    | undefined;
}

const MOST_VARIABLES = 100;
const RESERVED = /^aws\./i;
const PLACEHOLDER = /<([A-Za-z0-9_.-]+)>/y;

/** A piece of a template: literal text, or a variable and whether it stands within quotes. */
type Piece = string | { readonly variable: string; readonly isQuoted: boolean };

/**
 * Compiles the input settings of the target of this id.
 * @throws Error where they are not valid
 */
export function compileInput(settings: InputSettings, targetId: string): Transform {
  const { Input, InputPath, InputTransformer } = settings;
  if ([Input, InputPath, InputTransformer].filter((one) => one !== undefined).length > 1) {
    throw new Error(`Only one of Input, InputPath, or InputTransformer must be provided for target ${targetId}.`);
  }
  if (Input !== undefined) return constant(Input);
  if (InputTransformer !== undefined) {
    return template(InputTransformer.InputTemplate, InputTransformer.InputPathsMap ?? {}, targetId);
  }
  if (InputPath === undefined || InputPath === '$') return (event) => event.text;
  const path = compilePath(InputPath);
  return (event) => JSON.stringify(path(JSON.parse(event.text)) ?? null);
}

function constant(input: string): Transform {
  JSON.parse(input);
  return () => input;
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html */
function template(text: string, pathsByName: Readonly<Record<string, string>>, targetId: string): Transform {
  const paths = new Map(Object.entries(pathsByName).map(([name, path]) => [name, compilePath(path)]));
  if (paths.size > MOST_VARIABLES) throw new Error(`InputPathsMap has more than ${MOST_VARIABLES} variables`);
  const reserved = [...paths.keys()].find((name) => RESERVED.test(name));
  if (reserved !== undefined) throw new Error(`InputPathsMap: the name ${reserved} is reserved`);
  const pieces = split(text, paths, targetId);
  return (event, context) => {
    const value: unknown = JSON.parse(event.text);
    return pieces
      .map((piece) => (typeof piece === 'string' ? piece : render(piece, value, event, context, paths)))
      .join('');
  };
}

function split(text: string, paths: ReadonlyMap<string, Path>, targetId: string): Piece[] {
  const pieces: Piece[] = [];
  let literal = '';
  let isQuoted = false;
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    PLACEHOLDER.lastIndex = index;
    const variable = character === '<' ? PLACEHOLDER.exec(text)?.[1] : undefined;
    if (variable !== undefined) {
      if (!paths.has(variable) && !PREDEFINED.has(variable))
        throw new Error(`InputTemplate for target ${targetId} contains invalid placeholder ${variable}.`);
      pieces.push(literal, { variable, isQuoted });
      literal = '';
      index += variable.length + 1;
    } else if (character === '\\') {
      literal += text.slice(index, index + 2);
      index++;
    } else {
      if (character === '"') isQuoted = !isQuoted;
      literal += character;
    }
  }
  return [...pieces, literal];
}

/** JSON that is inserted as it is, unescaped even within quotes. */
type Predefined = (
  value: unknown,
  event: Pick<BusEvent, 'text'>,
  context: TransformContext,
) => string | { readonly json: string };

const PREDEFINED: ReadonlyMap<string, Predefined> = new Map<string, Predefined>([
  ['aws.events.rule-arn', (_value, _event, context) => context.ruleArn],
  ['aws.events.rule-name', (_value, _event, context) => context.ruleName],
  ['aws.events.event.ingestion-time', (_value, _event, context) => new Date(context.ingestionTime).toISOString()],
  ['aws.events.event', (value) => ({ json: JSON.stringify(withoutDetail(value)) })],
  ['aws.events.event.json', (_value, event) => ({ json: event.text })],
]);

const envelope = z.looseObject({ 'detail-type': z.unknown(), detail: z.unknown() });

/** The docs say no more than that the detail is missing; what AWS sends calls the detail type `detailType`, too. */
function withoutDetail(value: unknown): unknown {
  const { detail: _detail, 'detail-type': detailType, ...others } = envelope.parse(value);
  return { ...others, detailType };
}

function render(
  piece: Exclude<Piece, string>,
  value: unknown,
  event: Pick<BusEvent, 'text'>,
  context: TransformContext,
  paths: ReadonlyMap<string, Path>,
): string {
  const predefined = PREDEFINED.get(piece.variable)?.(value, event, context);
  if (typeof predefined === 'object') return predefined.json;
  const found = predefined ?? paths.get(piece.variable)?.(value);
  // The docs say that nothing of a path that leads nowhere appears in the output; outside of quotes AWS puts `""` there.
  if (found === undefined) return piece.isQuoted ? '' : '""';
  if (!piece.isQuoted) return JSON.stringify(found);
  return JSON.stringify(typeof found === 'string' ? found : JSON.stringify(found)).slice(1, -1);
}
