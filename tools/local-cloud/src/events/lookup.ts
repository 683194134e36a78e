/** Finds what a request names, or answers that it does not exist. */
import { AwsError } from '../aws-error.ts';
import { busNameOf, DEFAULT_BUS, ruleArn, type Archive, type Bus, type Declarations, type Rule } from './rule.ts';

/** The bus of this name or ARN, `default` where none is given. @throws AwsError ResourceNotFoundException */
export function findBus(declarations: Declarations, nameOrArn: string | undefined): Bus {
  const name = busNameOf(nameOrArn ?? DEFAULT_BUS);
  const found = declarations.buses.get(name);
  if (found === undefined) throw notFound(`Event bus ${name} does not exist.`);
  return found;
}

/** The rule of this name on a bus. @throws AwsError ResourceNotFoundException */
export function findRule(declarations: Declarations, name: string, busName: string | undefined): Rule {
  const owner = findBus(declarations, busName);
  const found = declarations.rules.get(ruleArn(owner.name, name));
  if (found === undefined) throw notFound(`Rule ${name} does not exist on EventBus ${owner.name}.`);
  return found;
}

/** The archive of this name. @throws AwsError ResourceNotFoundException */
export function findArchive(declarations: Declarations, name: string): Archive {
  const found = declarations.archives.get(name);
  if (found === undefined) throw notFound(`Archive ${name} does not exist.`);
  return found;
}

/** `ResourceNotFoundException` */
export function notFound(message: string): AwsError {
  return new AwsError('ResourceNotFoundException', message);
}
