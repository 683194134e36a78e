/** What a scenario finds, and how it is shown. */
import { alignedTable, withUnit } from './table.ts';

/** One measured number; NaN where it could not be measured. */
export interface Figure {
  readonly scenario: string;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What is asked of it, where something is. */
  readonly target?: { readonly at: 'least' | 'most'; readonly value: number };
}

/** Whether a figure is what is asked of it; undefined where nothing is. */
export function isReached({ value, target }: Figure): boolean | undefined {
  if (target === undefined) return undefined;
  return target.at === 'least' ? value >= target.value : value <= target.value;
}

/** A table of figures: name, value, target, reached or not. */
export function figureTable(figures: readonly Figure[]): string {
  const cells = (figure: Figure) => [
    figure.name,
    withUnit(figure.value, figure.unit),
    targetText(figure),
    verdict(figure),
  ];
  return alignedTable(['', 'measured', 'target', ''], figures.map(cells));
}

function targetText({ target, unit }: Figure): string {
  if (target === undefined) return '';
  return `${target.at === 'least' ? '≥' : '≤'} ${withUnit(target.value, unit)}`;
}

function verdict(figure: Figure): string {
  const reached = isReached(figure);
  if (reached === undefined) return '';
  return reached ? 'reached' : 'NOT reached';
}
