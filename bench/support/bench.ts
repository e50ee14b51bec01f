import type { BenchContext } from './bench-context.ts';
import type { Contender } from './contender.ts';
import type { Column } from './measurement.ts';

/** A number that the command line may change: `--updates 500000`. */
export interface BenchSetting {
  readonly what: string;
  readonly usual: number;
  /** With `--small`, as in CI, where only the working counts. */
  readonly small: number;
}

/** One table: contenders that do the same work, run in turn. */
export interface Group {
  readonly title: string;
  readonly contenders: readonly Contender[];
  readonly columns: readonly Column[];
  /** Name of the contender that ratios refer to. Default: the best peer by the first column with a ratio, else the first row. */
  readonly base?: string;
  /** Rounds that are enough here, whatever `--rounds` says: 1 where a pass takes minutes. */
  readonly rounds?: number;
  /** Printed under the table, one line each. */
  readonly notes?: readonly string[];
}

/**
 * What `npm run bench NAME` runs: `bench/NAME.ts` exports it as `bench`. Groups are made one after the other, each measured
 * before the next is asked for, so that a bench may change the data in between.
 */
export interface Bench {
  /** One line for the list of benches. */
  readonly summary: string;
  readonly settings: Readonly<Record<string, BenchSetting>>;
  readonly groups: (context: BenchContext) => AsyncIterable<Group>;
}

/** Gives `groups` its settings by their names. */
export function defineBench<Names extends string>(bench: {
  readonly summary: string;
  readonly settings: Readonly<Record<Names, BenchSetting>>;
  readonly groups: (context: BenchContext<Names>) => AsyncIterable<Group>;
}): Bench {
  return bench;
}
