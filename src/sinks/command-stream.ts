import { closedError, PoisonError } from '../base/errors.ts';
import type { Update } from '../base/update.ts';
import { type CommandAnswer, readAnswer } from './command-answer.ts';
import { withoutGivenSecrets } from './command-environment.ts';
import type { CommandParts } from './command-parts.ts';
import type { CommandProcess, ProcessEnd } from './command-process.ts';
import { commandTrouble, howItEnded, startTrouble } from './command-trouble.ts';
import type { Line } from './line-splitter.ts';
import type { Sink, SinkControl } from './sink.ts';
import { updateLine } from './update-line.ts';

/** Characters of what a program says against an update. */
const longestReason = 1000;

interface Talk {
  readonly run: CommandProcess;
  /** Handed over and not answered, in order. */
  readonly asked: Update[];
  /** Why it cannot go on. */
  broken: string | undefined;
  listener: Listener | undefined;
}

/** Who waits for answers: answers have come, or the talk is broken. */
interface Listener {
  heard(): void;
  broken(): void;
}

/**
 * `mode: stream`: one long run, which answers each line by one of its own, in order. It is started by the first delivery, and by
 * the next one after it has ended. A run that fails while updates are with it is killed, and those come again, to another.
 */
export class CommandStream implements Sink {
  readonly #parts: CommandParts;
  /** An update behind a blamed one cannot be acknowledged yet. When it comes again, its answer is known. */
  readonly #answers = new WeakMap<Update, CommandAnswer>();
  #talk: Talk | undefined;

  constructor(parts: CommandParts) {
    this.#parts = parts;
  }

  async deliver(updates: readonly Update[], control: SinkControl): Promise<void> {
    const open = updates.filter((update) => !this.#answers.has(update));
    // All lines are made first: an unreadable update must not be found out in the middle of a batch.
    const lines = open.map((update) => `${updateLine(update)}\n`);
    if (control.signal.aborted) throw closedError('the delivery', control.signal);
    const acknowledge = acknowledger(updates, (update) => this.#answers.get(update), control.ack);
    if (open.length > 0) await this.#ask(open, lines, acknowledge, control.signal);
    acknowledge();
    for (const update of updates) {
      const answer = this.#answers.get(update);
      if (answer?.type === 'poison') throw this.#blame(update, answer.reason);
    }
  }

  async close(): Promise<void> {
    const talk = this.#talk;
    this.#talk = undefined;
    talk?.run.endInput();
    await talk?.run.kill();
  }

  async #ask(
    updates: readonly Update[],
    lines: readonly string[],
    acknowledge: () => void,
    signal: AbortSignal,
  ): Promise<void> {
    const { settings, clock } = this.#parts;
    const talk = this.#begin();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = (what: string) => {
      talk.broken ??= what;
      resolve();
    };
    const late = () => fail(`did not answer within ${settings.timeoutMs} ms and was killed`);
    let cancel = clock.after(settings.timeoutMs, late);
    let left = updates.length;
    const onAbort = () => fail('was stopped');
    signal.addEventListener('abort', onAbort, { once: true });
    talk.listener = {
      heard: () => {
        cancel();
        left = updates.filter((update) => !this.#answers.has(update)).length;
        try {
          acknowledge();
        } catch (error) {
          reject(error);
        }
        if (left === 0) resolve();
        else cancel = clock.after(settings.timeoutMs, late);
      },
      broken: resolve,
    };
    try {
      void write(talk, updates, lines);
      await promise;
    } catch (error) {
      talk.broken = 'was stopped';
      throw error;
    } finally {
      cancel();
      talk.listener = undefined;
      signal.removeEventListener('abort', onAbort);
      if (talk.broken !== undefined) await this.#end(talk);
    }
    if (signal.aborted) throw closedError('the delivery', signal);
    if (talk.broken !== undefined) throw this.#trouble(talk.broken, await talk.run.ended);
  }

  #begin(): Talk {
    const before = this.#talk;
    if (before !== undefined && before.broken === undefined && !before.run.exited) return before;
    const talk: Talk = {
      run: this.#parts.start((lines) => this.#heard(talk, lines)),
      asked: [],
      broken: undefined,
      listener: undefined,
    };
    this.#talk = talk;
    void talk.run.ended.then((end) => {
      const how = end.type === 'ended' ? howItEnded(end) : 'could not be started';
      if (this.#talk === talk) {
        this.#talk = undefined;
        if (talk.listener === undefined) this.#parts.onEnd(how);
      }
      talk.broken ??= `${how} before it had answered`;
      talk.listener?.broken();
    });
    return talk;
  }

  #heard(talk: Talk, lines: readonly Line[]): void {
    for (const line of lines) {
      const answer = readAnswer(line);
      const update = talk.asked.shift();
      if (answer.type === 'unclear')
        talk.broken ??= 'wrote a line that is too long for an answer, and was killed';
      // Else it would be taken for the answer to the next update, which would be lost.
      else if (update === undefined) talk.broken ??= 'wrote a line that answers nothing, and was killed';
      else this.#answers.set(update, answer);
      if (talk.broken === undefined) continue;
      if (talk.listener === undefined) void this.#end(talk);
      else talk.listener.broken();
      return;
    }
    talk.listener?.heard();
  }

  async #end(talk: Talk): Promise<void> {
    if (this.#talk === talk) this.#talk = undefined;
    await talk.run.kill();
  }

  #blame(update: Update, reason: string): PoisonError {
    const { settings } = this.#parts;
    const isCut = reason.length > longestReason;
    const shown = withoutGivenSecrets(reason.slice(0, longestReason), settings, isCut);
    return new PoisonError(`the command ${JSON.stringify(settings.command[0])} refuses it: ${shown}`, {
      update,
    });
  }

  #trouble(what: string, end: ProcessEnd) {
    const { settings, environment } = this.#parts;
    if (end.type === 'unstarted') return startTrouble(settings, environment, end);
    return commandTrouble(settings, what, end);
  }
}

async function write(talk: Talk, updates: readonly Update[], lines: readonly string[]): Promise<void> {
  for (const [index, line] of lines.entries()) {
    if (talk.broken !== undefined || talk.run.over) return;
    talk.asked.push(updates[index] as Update);
    await talk.run.write(line);
  }
}

/** Acknowledges what is answered from the beginning of the batch on, up to the first that is not, or is blamed. */
function acknowledger(
  updates: readonly Update[],
  answerTo: (update: Update) => CommandAnswer | undefined,
  ack: (upTo: Update) => void,
): () => void {
  let next = 0;
  return () => {
    const before = next;
    while (next < updates.length && answerTo(updates[next] as Update)?.type === 'taken') next += 1;
    if (next > before) ack(updates[next - 1] as Update);
  };
}
