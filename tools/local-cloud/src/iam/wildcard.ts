/** Wildcards of IAM policies: `*` for any run of characters, `?` for any one. */

const compiled = new Map<string, RegExp>();

/** Whether `text` fits a pattern in which `*` and `?` are wildcards. */
export function like(pattern: string, text: string): boolean {
  if (pattern === '*' || pattern === text) return true;
  if (!/[*?]/.test(pattern)) return false;
  let expression = compiled.get(pattern);
  if (expression === undefined) {
    const body = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    expression = new RegExp(`^${body}$`, 's');
    compiled.set(pattern, expression);
  }
  return expression.test(text);
}

/** Whether an action fits a pattern; the case of its letters says nothing. */
export function actionLike(pattern: string, action: string): boolean {
  return like(pattern.toLowerCase(), action.toLowerCase());
}

/**
 * Whether an ARN fits a pattern, each of its six parts by itself: a wildcard does not reach across the first five colons
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN).
 */
export function arnLike(pattern: string, arn: string): boolean {
  if (pattern === '*' || pattern === arn) return true;
  const patterns = parts(pattern);
  const given = parts(arn);
  return patterns.length === given.length && patterns.every((part, index) => like(part, given[index] ?? ''));
}

function parts(arn: string): string[] {
  const all = arn.split(':');
  return all.length <= 6 ? all : [...all.slice(0, 5), all.slice(5).join(':')];
}

/**
 * Refuses `${…}`, which stands for a value of the request, or for a wildcard that is meant literally
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html).
 * @throws Error naming the value
 */
export function refuseVariables(values: readonly string[]): void {
  const variable = values.find((value) => value.includes('${'));
  if (variable !== undefined) throw new Error(`the policy variable in ${variable} is not supported`);
}
