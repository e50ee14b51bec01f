import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';

export interface DemoOptions {
  readonly rounds: number;
  readonly feeds?: string;
  readonly store?: string;
}

const usage = `npm run demo -- [--rounds N] [--feeds DIR] [--store URL]

Three servers, each a process of its own, exchange feed documents through one store.

  --rounds N   how often each server publishes every document (default 3)
  --feeds DIR  folder with the documents (default: the demonstration's own)
  --store URL  for instance s3://bucket/prefix?endpoint=…; the demonstration adds a prefix of
               its own and empties it at the end (default: a temporary directory)`;

/** Ends the process on `--help` (0) and on arguments that make no sense (2). */
export function readOptions(args: string[]): DemoOptions {
  try {
    const { values } = parseArgs({
      args,
      options: {
        rounds: { type: 'string', default: '3' },
        feeds: { type: 'string' },
        store: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    if (values.help) end(usage, 0);
    const rounds = Number(values.rounds);
    if (!Number.isInteger(rounds) || rounds < 1)
      throw new Error(`--rounds: expected a number from 1, got ${values.rounds}`);
    const { feeds, store } = values;
    if (feeds !== undefined && !existsSync(feeds)) throw new Error(`--feeds: there is no folder ${feeds}`);
    return { rounds, ...(feeds === undefined ? {} : { feeds }), ...(store === undefined ? {} : { store }) };
  } catch (error) {
    return end(`${(error as Error).message}\n\n${usage}`, 2);
  }
}

function end(text: string, code: number): never {
  (code === 0 ? console.log : console.error)(text);
  process.exit(code);
}
