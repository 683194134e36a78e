/** Tables that a README has from the code, so that neither says what the other does not. */
import { readFileSync, writeFileSync } from 'node:fs';

/** A README whose table is not as the code has it. */
export class ReadmeOutOfDate extends Error {
  override readonly name = 'ReadmeOutOfDate';
}

/** Tables by their names; each stands in its README between `<!-- name -->` and `<!-- /name -->`. */
export type Tables = Readonly<Record<string, string>>;

/** A table of Markdown, in columns of one width, as the formatter has them. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |\n`;
  return [head, widths.map((width) => '-'.repeat(width)), ...rows].map(line).join('');
}

/**
 * The README with its tables as they are to be now.
 * @throws ReadmeOutOfDate where it has no place for one of them
 */
export function withTables(readme: string, tables: Tables): string {
  return Object.entries(tables).reduce((text, [name, rows]) => {
    const section = new RegExp(`(<!-- ${name} -->\\n).*(<!-- /${name} -->)`, 's');
    if (!section.test(text)) throw new ReadmeOutOfDate(`the README has no place for the table ${name}`);
    return text.replace(section, (_, start: string, end: string) => `${start}\n${rows}\n${end}`);
  }, readme);
}

/** Brings the tables of a README up to date. */
export function writeTables(readme: URL | string, tables: Tables): void {
  writeFileSync(readme, withTables(readFileSync(readme, 'utf8'), tables));
}

/**
 * Whether a README has the tables as they are now.
 * @param command what brings them up to date
 * @throws ReadmeOutOfDate with the command, where it has not
 */
export function checkTables(readme: URL | string, tables: Tables, command: string): void {
  const text = readFileSync(readme, 'utf8');
  if (withTables(text, tables) !== text) throw new ReadmeOutOfDate(`the tables are out of date: run ${command}`);
}
