import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { systemClock } from '../base/clock.ts';
import { BucketcastError } from '../base/errors.ts';
import { systemRandom } from '../base/random.ts';
import { parseWriter } from '../log/keys.ts';
import { readRecord } from '../log/record.ts';
import { updateLine } from '../sinks/update-line.ts';
import { openState } from '../state/open-state.ts';
import type { DeadLetter, State } from '../state/state.ts';
import type { RunCommand } from './command.ts';
import { type ExitCode, exitCode, UsageError } from './exit-code.ts';
import type { Session } from './session.ts';
import { addSettingsOptions, type SettingsOptions, settingsFor } from './settings-options.ts';
import { printable } from './table.ts';

interface ListOptions extends SettingsOptions {
  readonly subscription?: string;
  readonly json?: boolean;
}

interface ShowOptions extends SettingsOptions {
  readonly json?: boolean;
  readonly bytes?: boolean;
}

interface ChosenOptions extends SettingsOptions {
  readonly all?: boolean;
  readonly subscription?: string;
}

const pageSize = 500;

export function addDeadLettersCommand(program: Command, run: RunCommand): void {
  const group = program
    .command('dead-letters')
    .description('inspect, replay or drop what could not be delivered; works beside a running node')
    .addHelpText(
      'after',
      '\nExamples:\n  bucketcast dead-letters list\n  bucketcast dead-letters show 12\n' +
        '  bucketcast dead-letters replay 12 13\n  bucketcast dead-letters drop --all --subscription pages\n',
    );
  const of = (name: string, description: string) =>
    addSettingsOptions(group.command(name).description(description), ['server', 'state']);

  of('list', 'one line each, oldest first')
    .option('--subscription <name>', 'only those of one subscription')
    .option('--json', 'one JSON object a line')
    .action(run(list));
  of('show', 'everything known of one, its update included')
    .argument('<id>', 'as `list` prints it', letterId)
    .option('--json', 'as one JSON object')
    .option('--bytes', 'only the bytes that were kept, as they are')
    .action(run(show));
  of('replay', 'have them delivered again, by the running node or the next one')
    .argument('[id...]', 'as `list` prints them')
    .option('--all', 'all of them')
    .option('--subscription <name>', 'with --all: only those of one subscription')
    .action(run((session, ids: string[], options: ChosenOptions) => act(session, 'replay', ids, options)));
  of('drop', 'delete them for good')
    .argument('[id...]', 'as `list` prints them')
    .option('--all', 'all of them')
    .option('--subscription <name>', 'with --all: only those of one subscription')
    .action(run((session, ids: string[], options: ChosenOptions) => act(session, 'drop', ids, options)));
}

async function list(session: Session, options: ListOptions): Promise<ExitCode> {
  using state = openLetters(session, options);
  const rows: string[][] = [];
  for (const letter of letters(state, options.subscription)) {
    if (options.json) await session.output.json(facts(letter));
    else rows.push(row(letter));
  }
  if (!options.json) await printLetters(session, rows);
  return exitCode.done;
}

async function printLetters({ output }: Session, rows: readonly string[][]): Promise<void> {
  if (rows.length === 0) await output.write('no dead letters\n');
  else
    await output.table(['id', 'when', 'subscription', 'reason', 'segments', 'url or key', 'message'], rows);
}

async function show(session: Session, id: number, options: ShowOptions): Promise<ExitCode> {
  using state = openLetters(session, options);
  const letter = state.deadLetter(id);
  if (!letter) throw unknownLetter(id);
  if (options.bytes) await session.output.write(letter.bytes ?? new Uint8Array());
  else if (options.json) await session.output.json(everything(letter));
  else await session.output.write(lines(everything(letter)));
  return exitCode.done;
}

function everything(letter: DeadLetter): object {
  return { ...facts(letter), update: letterUpdate(letter) };
}

/** `name  value`, a line each. */
function lines(values: object): string {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(
      ([name, value]) =>
        `${name.padEnd(14)}${printable(typeof value === 'string' ? value : JSON.stringify(value))}\n`,
    )
    .join('');
}

async function act(
  session: Session,
  action: 'replay' | 'drop',
  given: readonly string[],
  { all, subscription, ...options }: ChosenOptions,
): Promise<ExitCode> {
  const named = given.length > 0;
  if (all ? named : !named) throw new UsageError(`${action} takes either ids or --all`);
  if (subscription !== undefined && !all) throw new UsageError('--subscription goes with --all');
  using state = openLetters(session, options);
  const ids = all ? [...letters(state, subscription)].map(({ id }) => id) : [...new Set(given.map(letterId))];
  const unknown = ids.filter((id) => state.deadLetter(id) === undefined);
  const count = action === 'replay' ? state.requestReplay(ids) : state.dropDeadLetters(ids);
  for (const id of unknown) session.errors.write(`bucketcast: there is no dead letter ${id}\n`);
  const done = action === 'replay' ? 'marked for replay' : 'dropped';
  await session.output.write(`${count} ${done}\n`);
  if (unknown.length === 0) return exitCode.done;
  return count === 0 ? exitCode.failed : exitCode.partly;
}

/** Never begins a state directory: where there is none, there is nothing to look at. */
function openLetters(session: Session, options: SettingsOptions): State & Disposable {
  const { settings } = settingsFor(options, session);
  if (!existsSync(settings.state)) {
    throw new BucketcastError('state-unusable', `there is no state directory ${settings.state}`, {
      hint: `Name the one that the node uses: --state, or --server (here: ${settings.server}).`,
    });
  }
  const state = openState({
    directory: settings.state,
    server: settings.server,
    clock: systemClock,
    random: systemRandom,
    role: 'guest',
  });
  return Object.assign(state, { [Symbol.dispose]: () => state.close() });
}

/** In pages and without bytes, so that their number does not matter. */
function* letters(state: State, subscription: string | undefined): Generator<DeadLetter> {
  for (let after = 0; ; ) {
    const filter = {
      after,
      limit: pageSize,
      withoutBytes: true,
      ...(subscription === undefined ? {} : { subscription }),
    };
    const page = state.deadLetters(filter);
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < pageSize) return;
    after = last.id;
  }
}

function letterId(text: string): number {
  const id = Number(text);
  if (!Number.isSafeInteger(id) || id < 1)
    throw new UsageError(`expected the number of a dead letter, got ${JSON.stringify(text)}`);
  return id;
}

function unknownLetter(id: number): BucketcastError {
  return new BucketcastError('state-unusable', `there is no dead letter ${id}`, {
    hint: '`bucketcast dead-letters list` prints them all.',
  });
}

function facts({ bytes, createdAt, ...letter }: DeadLetter) {
  return {
    ...letter,
    createdAt: new Date(createdAt).toISOString(),
    ...(bytes ? { keptBytes: bytes.length } : {}),
  };
}

function row(letter: DeadLetter): string[] {
  const { id, createdAt, subscription, reason, url, key, message, replay } = letter;
  const what = replay ? `${reason} (replay)` : reason;
  // An object of the objects layout is of no writer, and its key says most about it where its URL is not known.
  const [segments, place] = parseWriter(letter.writer) ? [segmentsOf(letter), url ?? ''] : ['', url ?? key];
  return [`${id}`, new Date(createdAt).toISOString(), subscription, what, segments, place, message];
}

function segmentsOf({ sequence, endSequence }: DeadLetter): string {
  return endSequence - sequence > 1 ? `${sequence}–${endSequence - 1}` : `${sequence}`;
}

/** Poison letters keep the record of their update; others have none to show. */
function letterUpdate(letter: DeadLetter): unknown {
  if (letter.reason !== 'poison' || !letter.bytes) return undefined;
  const { writer, lane, sequence, index = 0 } = letter;
  try {
    return JSON.parse(updateLine(readRecord(letter.bytes, { writer, lane, sequence, index })));
  } catch (error) {
    return `unreadable: ${(error as Error).message}`;
  }
}
