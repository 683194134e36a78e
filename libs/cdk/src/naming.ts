/** What things are called: the convention by which services find the bus without referring to its stack. */

/** What every physical name begins with. */
export const PREFIX = 'distributed-patterns-demo';

/** Rules, functions and IAM roles may have 64 characters; the other names more. */
const LONGEST_NAME = 64;

/** Short, so that the longest name of all still fits. */
const STAGE = /^[a-z][a-z0-9]{1,5}$/;

/**
 * A stage's name, once it is known to be one: two to six lower-case letters and digits.
 * @throws RangeError if it is anything else
 */
export function stageName(candidate: string): string {
  if (!STAGE.test(candidate))
    throw new RangeError(`not a stage: "${candidate}"; take 2 to 6 lower-case letters or digits`);
  return candidate;
}

/**
 * The physical name of a resource: prefix, what it is, stage.
 * @throws RangeError if AWS would find it too long
 */
export function resourceName(stage: string, ...parts: readonly string[]): string {
  const name = [PREFIX, ...parts, stage].join('-');
  if (name.length > LONGEST_NAME)
    throw new RangeError(`${name} has ${name.length} characters, of ${LONGEST_NAME} allowed`);
  return name;
}

/** An alarm of a service: CloudWatch gives it room enough, 255 characters, for a name that says what is wrong. */
export function alarmName(stage: string, service: string, name: string): string {
  return [PREFIX, service, name, stage].join('-');
}

/** The event bus of a stage. */
export function busName(stage: string): string {
  return resourceName(stage, 'event-bus');
}

/** The CloudWatch namespace of a stage's own metrics, so that no stage raises another's alarms. */
export function metricsNamespace(stage: string): string {
  return `${PREFIX}/${stage}`;
}

/** The CloudFormation stack of a service, or of the bus. */
export function stackName(service: string, stage: string): string {
  return resourceName(stage, service);
}

/** The name of an SSM parameter, which holds configuration that is not in the template. */
export function parameterName(stage: string, ...parts: readonly string[]): string {
  return `/${[PREFIX, stage, ...parts].join('/')}`;
}

/** `place-order` as a construct id: `PlaceOrder`. */
export function constructId(name: string): string {
  return name.replaceAll(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
