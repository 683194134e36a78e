/**
 * dynalite's rules of what requests look like: AWS's messages, as measured by its authors. AWS has gone on since, and we
 * deviate from dynalite where it has: limits of expressions (`expression-limits.ts`) and of depth (`value-checks.ts`),
 * parameters that are newer (`requests.ts`, `table-requests.ts`), UpdateTable as a whole (`update-table.ts`), and the
 * ReturnValues of DeleteItem, which dynalite does not look at. What is older than expressions is left out.
 */
import batchGetItem from 'dynalite/validations/batchGetItem.js';
import batchWriteItem from 'dynalite/validations/batchWriteItem.js';
import createTable from 'dynalite/validations/createTable.js';
import deleteItem from 'dynalite/validations/deleteItem.js';
import describeTable from 'dynalite/validations/describeTable.js';
import getItem from 'dynalite/validations/getItem.js';
import listTables from 'dynalite/validations/listTables.js';
import putItem from 'dynalite/validations/putItem.js';
import query from 'dynalite/validations/query.js';
import scan from 'dynalite/validations/scan.js';
import updateItem from 'dynalite/validations/updateItem.js';
import validations, { type Rule, type Rules } from 'dynalite/validations/index.js';
import { AwsError, notImplemented } from '../aws-error.ts';

export type { Rule, Rules };

/** dynalite's rules of parameters, by operation. */
export const itemRules = {
  BatchGetItem: batchGetItem.types,
  BatchWriteItem: batchWriteItem.types,
  CreateTable: createTable.types,
  DeleteItem: deleteItem.types,
  DescribeTable: describeTable.types,
  GetItem: getItem.types,
  ListTables: listTables.types,
  PutItem: putItem.types,
  Query: query.types,
  Scan: scan.types,
  UpdateItem: updateItem.types,
};

/**
 * Takes a request apart by dynalite's rules, which are AWS's coral validation, messages included.
 * @throws AwsError NotImplemented for a parameter that the rules do not know, else what DynamoDB answers
 */
export function checkRequest<Request>(operation: string, raw: unknown, rules: Rules): Request {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) throw new AwsError('SerializationException', '');
  rejectUnknown(operation, raw, rules);
  return translated(() => {
    const request = validations.checkTypes<Request>({ ...raw }, rules);
    validations.checkValidations(request, rules, () => undefined);
    return request;
  });
}

/** Checks a table that is to be made beyond its parameters' rules. @throws AwsError ValidationException */
export function checkNewTable(request: unknown): void {
  refuse(createTable.custom?.(request));
}

/** What the rules do not name is not quietly dropped, however deep it stands. */
function rejectUnknown(path: string, raw: object, rules: Rules): void {
  for (const [parameter, value] of entries(raw)) {
    const rule = rules[parameter];
    if (value === null || value === undefined) continue;
    if (rule === undefined) throw notImplemented(`the parameter ${parameter} of ${path}`);
    if (typeof rule === 'object' && typeof value === 'object') rejectInside(`${path}.${parameter}`, value, rule);
  }
}

function rejectInside(path: string, raw: object, { type, children }: Rule): void {
  if (typeof children !== 'object' || type === 'Map<AttributeValue>') return;
  if (/^(Value|Field)Struct/.test(type)) rejectUnknown(path, raw, structRules(children));
  else if (isRule(children)) {
    for (const [key, child] of entries(raw)) {
      if (typeof child === 'object' && child !== null) rejectInside(`${path}.${key}`, child, children);
    }
  }
}

function entries(raw: object): [string, unknown][] {
  return Object.entries(raw);
}

function isRule(children: Rule | Rules): children is Rule {
  return typeof children.type === 'string';
}

function structRules(children: Rule | Rules): Rules {
  return isRule(children) ? {} : children;
}

/** Calls dynalite, whose errors carry `body: {__type: 'namespace#Code'}`. */
function translated<Result>(call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    if (!(error instanceof Error) || !('body' in error)) throw error;
    const type = JSON.stringify(error.body).includes('#SerializationException')
      ? 'SerializationException'
      : 'ValidationException';
    throw new AwsError(type, error.message, { cause: error });
  }
}

function refuse(message: string | undefined): void {
  if (message !== undefined) throw new AwsError('ValidationException', message);
}
