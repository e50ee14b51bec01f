import { parseArgs } from 'node:util';
import type { Bench } from './bench.ts';
import type { BenchOptions } from './bench-context.ts';

/** What was asked of one bench. */
export interface BenchCall extends BenchOptions {
  readonly settings: Readonly<Record<string, number>>;
  /** Parts of contenders' names; none: all of them. */
  readonly only: readonly string[];
  readonly json: string | undefined;
}

const usualRounds = 5;

/** Throws for what it does not know, naming it. */
export function readCall(bench: Pick<Bench, 'settings'>, args: readonly string[]): BenchCall {
  const own = Object.keys(bench.settings).map((name) => [name, { type: 'string' }] as const);
  const { values } = parseArgs({
    args: [...args],
    options: {
      small: { type: 'boolean', default: false },
      'no-peers': { type: 'boolean', default: false },
      rounds: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'string' },
      ...Object.fromEntries(own),
    },
  });
  const given = values as Readonly<Record<string, unknown>>;
  const settings = Object.entries(bench.settings).map(([name, { usual, small }]) => {
    const value = given[name];
    return [name, typeof value === 'string' ? count(name, value) : values.small ? small : usual] as const;
  });
  return {
    small: values.small,
    peers: !values['no-peers'],
    rounds: values.rounds === undefined ? (values.small ? 1 : usualRounds) : count('rounds', values.rounds),
    only: values.only,
    json: values.json,
    settings: Object.fromEntries(settings),
  };
}

/** The options in words, for `--help`. */
export function help(name: string, { summary, settings }: Bench): string {
  const own = Object.entries(settings).map(
    ([setting, { what, usual, small }]) =>
      `  --${`${setting} N`.padEnd(18)}${what} (${usual}; small: ${small})`,
  );
  return `npm run bench ${name} -- …: ${summary}

  --small             the smallest size, one round: does it work?
  --rounds N          how often each contender runs (${usualRounds}; small: 1)
  --no-peers          only what is ours
  --only TEXT         only contenders with this in their name; may be repeated
  --json FILE         where the numbers go (bench/results/${name}.json)
${own.join('\n')}`.trimEnd();
}

function count(name: string, text: string): number {
  const value = Number(text.replaceAll('_', ''));
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`--${name}: expected a positive whole number, got ${text}`);
}
