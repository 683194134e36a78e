/** The tables of the README that follow from the code: which operations there are, and which types do nothing. */
import { layGround } from './cloud.ts';
import { Database } from './database.ts';
import { assemble } from './parts.ts';
import { acceptedBecause } from './templates/without-behaviour.ts';

const NAMES: Readonly<Record<string, string>> = {
  dynamodb: 'DynamoDB',
  dynamodbstreams: 'DynamoDB Streams',
  sqs: 'SQS',
  events: 'EventBridge',
  states: 'Step Functions',
  lambda: 'Lambda',
  ses: 'SES v2',
  ssm: 'SSM',
  logs: 'CloudWatch Logs',
  sts: 'STS',
};

/** The README with its tables as they are to be now, each between `<!-- name -->` and `<!-- /name -->`. */
export function withTables(readme: string): string {
  const tables = {
    operations: table(['service', 'operations'], operations()),
    accepted: table(['type', 'why'], accepted()),
  };
  return Object.entries(tables).reduce((text, [name, rows]) => {
    const section = new RegExp(`(<!-- ${name} -->\\n).*(<!-- /${name} -->)`, 's');
    if (!section.test(text)) throw new Error(`the README has no place for the table ${name}`);
    return text.replace(section, (_, start: string, end: string) => `${start}\n${rows}\n${end}`);
  }, readme);
}

function operations(): string[][] {
  const database = new Database(':memory:');
  const { ground, iam } = layGround({}, database);
  assemble(ground, { iam, endpointUrl: () => '', parameters: {} });
  const { services } = ground.dispatcher;
  const rows = Object.entries(NAMES).map(([id, name]) => {
    const known = Object.keys(services.get(id)?.operations ?? {});
    return [name, known.sort().join(', ')];
  });
  const unnamed = [...services.keys()].filter((id) => !(id in NAMES));
  if (unnamed.length > 0) throw new Error(`${unnamed.join(', ')} has no name in the README`);
  ground.clock.stop();
  database.close();
  return rows;
}

function accepted(): string[][] {
  return Object.entries(acceptedBecause).map(([type, why]) => [`\`${type}\``, why]);
}

/** In columns of one width, as the formatter has them. */
function table(head: readonly string[], rows: readonly string[][]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |\n`;
  return [head, widths.map((width) => '-'.repeat(width)), ...rows].map(line).join('');
}
