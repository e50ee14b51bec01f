import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Clock } from '../base/clock.ts';
import { settledWithin } from '../base/settled-within.ts';
import { SECOND } from '../config/units.ts';
import type { CommandEnvironment } from './command-environment.ts';
import { type Line, LineSplitter } from './line-splitter.ts';
import { ProcessGroup } from './process-group.ts';
import { LastWords, maxWordsLength } from './program-words.ts';

export interface CommandRun {
  readonly command: readonly string[];
  readonly directory: string | undefined;
  readonly environment: CommandEnvironment;
  readonly clock: Pick<Clock, 'sleep' | 'after'>;
  /** Time between asking a process to end and killing it, milliseconds. */
  readonly graceMs: number;
  /** Lines of standard output, as many as came at once. */
  readonly onLines: (lines: readonly Line[]) => void;
  /** A line of standard error; called, it is made fit for logs. */
  readonly onWords: (line: () => string) => void;
  /** `isCut`: there was more of it. */
  readonly redact: (text: string, isCut: boolean) => string;
}

/** How a run ended; `words`: the last that it wrote to standard error. */
export type ProcessEnd =
  | { readonly type: 'unstarted'; readonly error: Error; readonly words: '' }
  | {
      readonly type: 'ended';
      readonly exitCode: number | null;
      readonly signal: NodeJS.Signals | null;
      readonly words: string;
    };

/** An answer may hold a reason; more than this is no answer. */
const maxLineLength = 64 * 1024;
/** Output can be held open by a process that has left the group; the end of the run does not wait for it. */
const outputPatienceMs = SECOND;

/** One run of a program, in a process group of its own. It is over when nobody is left in the group. */
export class CommandProcess {
  /** Never rejects; all output has been handed on when it resolves. */
  readonly ended: Promise<ProcessEnd>;
  readonly #run: CommandRun;
  readonly #words = new LastWords();
  #child: ChildProcessWithoutNullStreams | undefined;
  #group: ProcessGroup | undefined;
  #exited = false;
  #over = false;

  constructor(run: CommandRun) {
    this.#run = run;
    this.ended = this.#start().finally(() => {
      this.#over = true;
    });
  }

  get over(): boolean {
    return this.#over;
  }

  /** The program itself has ended; the rest of its group may be about to. */
  get exited(): boolean {
    return this.#exited;
  }

  /** Resolves when there is room for more, or when the program takes no more: how it ended tells the rest. */
  async write(text: string): Promise<void> {
    const stdin = this.#child?.stdin;
    if (stdin === undefined || !stdin.writable || stdin.write(text)) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        for (const event of ['drain', 'close', 'error']) stdin.off(event, done);
        resolve();
      };
      for (const event of ['drain', 'close', 'error']) stdin.on(event, done);
    });
  }

  endInput(): void {
    this.#child?.stdin.end();
  }

  /** Ends the whole group. */
  async kill(): Promise<void> {
    await this.#group?.end();
    await this.ended;
  }

  async #start(): Promise<ProcessEnd> {
    const { command, directory, environment, clock, graceMs } = this.#run;
    const [program = '', ...words] = command;
    try {
      const child = spawn(program, words, {
        cwd: directory,
        env: environment,
        detached: true,
        stdio: 'pipe',
      });
      if (child.pid === undefined) throw (await once(child, 'error'))[0];
      this.#child = child;
      this.#group = new ProcessGroup(child.pid, clock, graceMs);
      return await this.#watch(child, this.#group);
    } catch (error) {
      return { type: 'unstarted', error: error as Error, words: '' };
    }
  }

  async #watch(child: ChildProcessWithoutNullStreams, group: ProcessGroup): Promise<ProcessEnd> {
    const { onLines, onWords, redact, clock } = this.#run;
    const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
    // Without a listener these would end the node. That a program reads no more is told by how it ends.
    for (const emitter of [child, child.stdin]) emitter.on('error', () => {});
    split(child.stdout, maxLineLength, onLines);
    const hear = (lines: readonly Line[], isLast = false) => {
      for (const line of lines) {
        if (line.text.trim() === '') continue;
        // Most of what is said without end is shown to nobody.
        const show = () => `${redact(line.text, line.cut || isLast)}${line.cut ? '…' : ''}`;
        this.#words.add(show);
        onWords(show);
      }
    };
    const words = split(child.stderr, maxWordsLength, hear);
    const [exitCode, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
      child.once('exit', (code, by) => resolve([code, by]));
    });
    this.#exited = true;
    // What it has left running would be there for ever.
    await group.end();
    await settledWithin(clock, outputPatienceMs, closed);
    // What was begun on standard output and not ended is no answer.
    hear(words.end(), true);
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    return { type: 'ended', exitCode, signal, words: this.#words.text };
  }
}

function split(
  stream: NodeJS.ReadableStream,
  maxLength: number,
  onLines: (lines: readonly Line[]) => void,
): LineSplitter {
  const splitter = new LineSplitter(maxLength);
  stream.setEncoding('utf8');
  stream.on('data', (piece: string) => {
    const lines = splitter.push(piece);
    if (lines.length > 0) onLines(lines);
  });
  stream.on('error', () => {});
  return splitter;
}
