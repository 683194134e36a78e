/** Tables and numbers for a terminal. */

/** Lines of columns as wide as their widest cell: the first to the left, the others to the right. */
export function alignedTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heads, ...rows];
  const widths = heads.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    widths.map((width, column) => {
      const cell = row[column] ?? '';
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
  return all.map((row) => line(row).join('  ').trimEnd()).join('\n');
}

/** Three significant digits, and whole numbers from a hundred on. */
export function withUnit(value: number, unit: string): string {
  if (!Number.isFinite(value)) return 'not measured';
  const size = Math.abs(value);
  const maximumFractionDigits = size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return `${value.toLocaleString('en-US', { maximumFractionDigits })} ${unit}`.trim();
}
