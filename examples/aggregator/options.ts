import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';

export interface AggregatorOptions {
  /** How long each of the two runs takes. */
  readonly runMs: number;
  /** A feed that was fetched this long ago is due. */
  readonly freshMs: number;
  readonly feeds?: string;
  readonly store?: string;
}

const usage = `npx node examples/aggregator/main.ts [--seconds N] [--fresh N] [--feeds DIR] [--store URL]

Three servers keep the same feeds fresh: first each for itself, then with state and claims.

  --seconds N  how long each of the two runs takes (default 7)
  --fresh N    every feed is to be fetched again after so many seconds (default 2.5)
  --feeds DIR  folder with the documents that the feeds consist of (default: the demonstration's own)
  --store URL  for instance s3://bucket/prefix?endpoint=…; a prefix is added to it and emptied at the
               end (default: a temporary directory)`;

/** Ends the process on `--help` (0) and on arguments that make no sense (2). */
export function readOptions(args: string[]): AggregatorOptions {
  try {
    const { values } = parseArgs({
      args,
      options: {
        seconds: { type: 'string', default: '7' },
        fresh: { type: 'string', default: '2.5' },
        feeds: { type: 'string' },
        store: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    if (values.help) end(usage, 0);
    const { feeds, store } = values;
    if (feeds !== undefined && !existsSync(feeds)) throw new Error(`--feeds: there is no folder ${feeds}`);
    return {
      runMs: milliseconds('--seconds', values.seconds),
      freshMs: milliseconds('--fresh', values.fresh),
      ...(feeds === undefined ? {} : { feeds }),
      ...(store === undefined ? {} : { store }),
    };
  } catch (error) {
    return end(`${(error as Error).message}\n\n${usage}`, 2);
  }
}

function milliseconds(name: string, text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 0.1 && seconds <= 3600))
    throw new Error(`${name}: expected seconds from 0.1, got ${text}`);
  return seconds * 1000;
}

function end(text: string, code: number): never {
  (code === 0 ? console.log : console.error)(text);
  process.exit(code);
}
