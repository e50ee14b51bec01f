import { table } from '../../src/cli/table.ts';
import type { Group } from './bench.ts';
import type { Column } from './measurement.ts';
import type { Result } from './rounds.ts';
import { median, type Spread, spreadOf } from './spread.ts';

/** What a column says of one contender. */
export interface Figure extends Spread {
  readonly title: string;
  /** To the base or the column's own, the median of the rounds' ratios; only for columns that have one. */
  readonly ratio?: number;
}

export interface Row {
  readonly name: string;
  readonly peer: boolean;
  readonly figures: readonly Figure[];
}

/** The rows of a group's table, and the name of the contender that the ratios refer to. */
export function groupRows(
  group: Pick<Group, 'columns' | 'base'>,
  results: readonly Result[],
): { readonly rows: readonly Row[]; readonly base: string } {
  const base = baseOf(group, results);
  const rows = results.map((result) => ({
    name: result.contender.name,
    peer: result.contender.peer === true,
    figures: group.columns.map((column) =>
      figure(column, result, typeof column.ratio === 'string' ? named(results, column.ratio) : base),
    ),
  }));
  return { rows, base: base?.contender.name ?? '' };
}

export function groupTable({ columns }: Pick<Group, 'columns'>, rows: readonly Row[]): string {
  const header = columns.flatMap(({ title, ratio }) => [title, ...ratioTitles(ratio)]);
  const lines = rows.map(({ figures }) =>
    figures.flatMap((one, index) => cells(one, columns[index] as Column)),
  );
  const widths = header.map((title, at) => Math.max(title.length, ...lines.map((line) => line[at]!.length)));
  const right = (line: readonly string[]) => line.map((cell, at) => cell.padStart(widths[at]!));
  return table(
    ['', ...right(header)],
    rows.map(({ name }, at) => [name, ...right(lines[at]!)]),
  );
}

function ratioTitles(ratio: Column['ratio'] = false): string[] {
  if (typeof ratio === 'string') return [`to ${ratio}`];
  return ratio ? ['ratio'] : [];
}

function named(results: readonly Result[], name: string | undefined): Result | undefined {
  return results.find(({ contender }) => contender.name === name);
}

function baseOf(
  { columns, base }: Pick<Group, 'columns' | 'base'>,
  results: readonly Result[],
): Result | undefined {
  const asked = named(results, base);
  const peers = results.filter(({ contender }) => contender.peer);
  const column = columns.find(({ ratio }) => ratio);
  if (asked || peers.length === 0 || column === undefined) return asked ?? results[0];
  const of = ({ measurements }: Result) => median(measurements.map(column.of));
  return peers.reduce((best, peer) => (of(peer) > of(best) ? peer : best));
}

function figure(column: Column, { measurements }: Result, base: Result | undefined): Figure {
  const values = measurements.map(column.of);
  const ratios = values.map((value, round) => value / column.of(base?.measurements[round] ?? ({} as never)));
  return { title: column.title, ...spreadOf(values), ...(column.ratio && { ratio: median(ratios) }) };
}

function cells({ median: middle, min, max, ratio }: Figure, { digits }: Column): string[] {
  const text = (value: number) =>
    Number.isFinite(value)
      ? value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
      : '–';
  const spread = min === max || !Number.isFinite(min) ? '' : ` (${text(min)}–${text(max)})`;
  const ratioCells = ratio === undefined ? [] : [Number.isFinite(ratio) ? ratio.toFixed(2) : '–'];
  return [text(middle) + spread, ...ratioCells];
}
