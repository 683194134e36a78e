/** CloudFormation's intrinsic functions (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html). */

/** What intrinsic functions may look up. Each look-up throws an Error that names what is missing. */
export interface Scope {
  ref(name: string): unknown;
  attribute(logicalId: string, attribute: string): string;
  condition(name: string): boolean;
  mapping(name: string, top: string, second: string): unknown;
}

/** What `AWS::NoValue` stands for: the property or list member is left out. */
export const NO_VALUE = undefined;

type Resolve = (value: unknown) => unknown;

const FUNCTIONS: Readonly<Record<string, (argument: unknown, scope: Scope, resolve: Resolve) => unknown>> = {
  Ref: (argument, scope) => scope.ref(text(argument, 'Ref')),
  'Fn::GetAtt': (argument, scope, resolve) => scope.attribute(...attributeName(argument, resolve)),
  'Fn::Sub': substitute,
  'Fn::Join': (argument, _, resolve) => {
    const [separator, values] = pair(argument, 'Fn::Join');
    return list(resolve(values), 'Fn::Join')
      .map((one) => text(one, 'Fn::Join'))
      .join(text(separator, 'Fn::Join'));
  },
  'Fn::Split': (argument, _, resolve) => {
    const [separator, value] = pair(argument, 'Fn::Split');
    return text(resolve(value), 'Fn::Split').split(text(separator, 'Fn::Split'));
  },
  'Fn::Select': (argument, _, resolve) => {
    const [index, values] = pair(argument, 'Fn::Select');
    const chosen = list(resolve(values), 'Fn::Select')[Number(resolve(index))];
    if (chosen === undefined) throw new Error(`Fn::Select finds nothing at index ${JSON.stringify(index)}`);
    return chosen;
  },
  'Fn::If': (argument, scope, resolve) => {
    const [name, whenTrue, whenFalse, ...rest] = list(argument, 'Fn::If');
    if (whenFalse === undefined || rest.length > 0) throw new Error('Fn::If needs three values');
    return resolve(scope.condition(text(name, 'Fn::If')) ? whenTrue : whenFalse);
  },
  'Fn::FindInMap': (argument, scope, resolve) => {
    const keys = list(argument, 'Fn::FindInMap').map((key) => text(resolve(key), 'Fn::FindInMap'));
    const [name, top, second] = keys;
    if (name === undefined || top === undefined || second === undefined || keys.length > 3) {
      throw new Error('Fn::FindInMap needs three values');
    }
    return scope.mapping(name, top, second);
  },
  'Fn::Base64': (argument, _, resolve) => Buffer.from(text(resolve(argument), 'Fn::Base64')).toString('base64'),
};

/**
 * A value with every intrinsic function in it resolved.
 * @throws Error naming a function or a reference that is not known
 */
export function resolveIntrinsics(value: unknown, scope: Scope): unknown {
  const resolve: Resolve = (inner) => resolveIntrinsics(inner, scope);
  if (typeof value === 'string') return withoutDynamicReference(value);
  if (Array.isArray(value)) return value.map(resolve).filter((member) => member !== NO_VALUE);
  if (typeof value !== 'object' || value === null) return value;
  const intrinsic = intrinsicOf(value);
  if (intrinsic === undefined) return resolveMembers(value, resolve);
  const run = FUNCTIONS[intrinsic.name];
  if (run === undefined) throw new Error(`the intrinsic function ${intrinsic.name} is not supported`);
  return run(intrinsic.argument, scope, resolve);
}

/** The function that an object of one member calls, or undefined where it is plain data. */
export function intrinsicOf(value: object): { readonly name: string; readonly argument: unknown } | undefined {
  const entries = Object.entries(value);
  const [name, argument] = entries[0] ?? [];
  if (entries.length !== 1 || name === undefined) return undefined;
  return name === 'Ref' || name.startsWith('Fn::') ? { name, argument } : undefined;
}

/** The names in a `Fn::Sub` text, without `${!Literal}`s. */
export function substitutionsIn(template: string): string[] {
  return [...template.matchAll(/\$\{([^!}][^}]*)\}/g)].map((match) => match[1] ?? '');
}

/** The logical id and attribute of `Fn::GetAtt`, which is a list or a text with a dot. */
function attributeName(argument: unknown, resolve: Resolve): [string, string] {
  if (typeof argument === 'string') {
    const dot = argument.indexOf('.');
    if (dot === -1) throw new Error(`Fn::GetAtt needs a logical id and an attribute, not "${argument}"`);
    return [argument.slice(0, dot), argument.slice(dot + 1)];
  }
  const [logicalId, attribute] = pair(argument, 'Fn::GetAtt');
  return [text(logicalId, 'Fn::GetAtt'), text(resolve(attribute), 'Fn::GetAtt')];
}

/** The members of an object; none for anything else. */
export function members(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function resolveMembers(value: object, resolve: Resolve): Record<string, unknown> {
  const resolved: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    const one = resolve(member);
    if (one !== NO_VALUE) resolved[name] = one;
  }
  return resolved;
}

function substitute(argument: unknown, scope: Scope, resolve: Resolve): string {
  const [template, own] = typeof argument === 'string' ? [argument, {}] : pair(argument, 'Fn::Sub');
  const variables = new Map(Object.entries(members(own)));
  const valueOf = (name: string): unknown => {
    if (variables.has(name)) return resolve(variables.get(name));
    return name.includes('.') ? scope.attribute(...attributeName(name, resolve)) : scope.ref(name);
  };
  return text(template, 'Fn::Sub').replace(/\$\{([^}]+)\}/g, (_, name: string) =>
    name.startsWith('!') ? `\${${name.slice(1)}}` : text(valueOf(name), `Fn::Sub of ${name}`),
  );
}

function withoutDynamicReference(value: string): string {
  if (value.includes('{{resolve:')) throw new Error(`the dynamic reference in "${value}" is not supported`);
  return value;
}

function text(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new Error(`${where} needs a text, not ${JSON.stringify(value)}`);
}

function list(value: unknown, where: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new Error(`${where} needs a list, not ${JSON.stringify(value)}`);
}

function pair(value: unknown, where: string): [unknown, unknown] {
  const [first, second, ...rest] = list(value, where);
  if (second === undefined || rest.length > 0) throw new Error(`${where} needs two values`);
  return [first, second];
}
