import { closedError, PoisonError } from '../base/errors.ts';
import type { Update } from '../base/update.ts';
import type { CommandParts } from './command-parts.ts';
import type { CommandProcess } from './command-process.ts';
import { commandTrouble, howItEnded, startTrouble } from './command-trouble.ts';
import type { Sink, SinkControl } from './sink.ts';
import { updateLine } from './update-line.ts';

/** `mode: batch`: one run for each batch. Its exit code says what became of it. */
export class CommandRuns implements Sink {
  readonly #parts: CommandParts;
  #run: CommandProcess | undefined;

  constructor(parts: CommandParts) {
    this.#parts = parts;
  }

  async deliver(updates: readonly Update[], { signal }: SinkControl): Promise<void> {
    // All lines are made first: an unreadable update must not be found out in the middle of a run.
    const lines = updates.map((update) => `${updateLine(update)}\n`);
    if (signal.aborted) throw closedError('the delivery', signal);
    const { settings, clock, start } = this.#parts;
    const run = start(() => {});
    this.#run = run;
    let late = false;
    const stop = () => void run.kill();
    const cancel = clock.after(settings.timeoutMs, () => {
      if (run.exited) return;
      late = true;
      stop();
    });
    signal.addEventListener('abort', stop, { once: true });
    try {
      await feed(run, lines);
      await run.ended;
    } finally {
      cancel();
      signal.removeEventListener('abort', stop);
      this.#run = undefined;
    }
    if (signal.aborted) throw closedError('the delivery', signal);
    await this.#judge(updates, run, late);
  }

  async close(): Promise<void> {
    await this.#run?.kill();
  }

  async #judge(updates: readonly Update[], run: CommandProcess, late: boolean): Promise<void> {
    const { settings, environment } = this.#parts;
    const end = await run.ended;
    if (end.type === 'unstarted') throw startTrouble(settings, environment, end);
    if (late) {
      const hint =
        'Make it faster, or raise timeoutMs of the sink; maxBatch of the subscription bounds what it gets.';
      throw commandTrouble(settings, `did not end within ${settings.timeoutMs} ms and was killed`, end, hint);
    }
    if (end.exitCode === 0) return;
    const trouble = commandTrouble(settings, howItEnded(end), end);
    if (end.exitCode !== settings.poisonExitCode) throw trouble;
    const [update] = updates;
    const blamed = updates.length === 1 && update !== undefined ? { update } : {};
    throw new PoisonError(trouble.message, { ...blamed, details: trouble.details });
  }
}

/** A program may end without having read all of it: then its exit code says what that means. */
async function feed(run: CommandProcess, lines: readonly string[]): Promise<void> {
  for (const line of lines) {
    if (run.over) return;
    await run.write(line);
  }
  run.endInput();
}
