/** Finds things in a report's sections. */
import type { Section } from '../../../../../core/report';
import type { StrategyReport } from '../../../../../core/strategy';

/** What a number becomes where there is none. */
export const NO_NUMBERS = /NaN|undefined|Infinity|\[object|null%/u;

export const section = ({ sections }: StrategyReport, title: string): Section =>
  sections.find((one) => one.title === title)!;

interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}
export function tableIn(of: Section, n = 0): Table {
  return of.blocks.filter(
    (block): block is Extract<typeof block, { type: 'table' }> => block.type === 'table',
  )[n]!;
}
export function cell({ columns, rows }: Table, row: string, column: string): string | number {
  return rows.find(([name]) => String(name) === row)![columns.indexOf(column)]!;
}
