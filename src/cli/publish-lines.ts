import type { Readable } from 'node:stream';
import { isBucketcastError } from '../base/errors.ts';
import type { NewUpdate } from '../base/update.ts';
import type { CompleteSettings } from '../config/load-settings.ts';
import { KiB } from '../config/units.ts';
import { inputLines } from '../sources/input-lines.ts';
import { parseUpdateLine } from '../sources/update-line.ts';
import { type ExitCode, exitCode } from './exit-code.ts';
import { failureText } from './failure.ts';
import { type CommandPublisher, openPublisher } from './open-publisher.ts';
import { RefusedLines } from './refused-lines.ts';
import type { Session } from './session.ts';

interface LinesParts {
  readonly settings: CompleteSettings;
  readonly session: Session;
  readonly timeoutMs: number;
  readonly json: boolean;
}

/** Lines read ahead of the store's answers, which come with the tips: at most so many go in a `publish.tipIntervalMs`. */
const maxInFlight = 20_000;

/** Publishes one update for each line. Bad lines are told by their number; the good ones go all the same. */
export async function publishLines(input: Readable, parts: LinesParts): Promise<ExitCode> {
  await using publisher = await openPublisher(parts.settings, parts.session, parts.timeoutMs);
  const run = new LinesRun(publisher, parts);
  // Escapes can make JSON up to six times as long as what it says.
  const maxBytes = 6 * parts.settings.publish.maxUpdateBytes + 64 * KiB;
  const stop = () => input.destroy();
  parts.session.signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const { number, text, problem } of inputLines(input, maxBytes)) {
      if (parts.session.signal.aborted || run.unreachable) break;
      if (text === undefined) run.refuse(number, problem ?? 'unreadable');
      else if (text.trim() !== '') await run.line(number, text);
    }
  } catch (error) {
    if (!parts.session.signal.aborted) throw error;
  } finally {
    parts.session.signal.removeEventListener('abort', stop);
  }
  return await run.finish();
}

class LinesRun {
  readonly #publisher: CommandPublisher;
  readonly #parts: LinesParts;
  readonly #open = new Set<Promise<void>>();
  readonly #refused: RefusedLines;
  #openBytes = 0;
  #published = 0;
  #spooled = 0;
  #unreachable = false;
  #room = Promise.withResolvers<void>();

  constructor(publisher: CommandPublisher, parts: LinesParts) {
    this.#publisher = publisher;
    this.#parts = parts;
    this.#refused = new RefusedLines((text) => void parts.session.errors.write(text));
  }

  /** Nothing more will go: further lines would each wait for the time-out. */
  get unreachable(): boolean {
    return this.#unreachable;
  }

  refuse(number: number, problem: string): void {
    this.#refused.add(number, problem);
  }

  /** Resolves when there is room for another line. */
  async line(number: number, text: string): Promise<void> {
    let update: NewUpdate;
    try {
      update = parseUpdateLine(text);
    } catch (error) {
      this.refuse(number, (error as Error).message);
      return;
    }
    this.#openBytes += text.length;
    const publishing = this.#publish(number, update).finally(() => {
      this.#openBytes -= text.length;
      this.#open.delete(publishing);
      this.#room.resolve();
    });
    this.#open.add(publishing);
    while (this.#open.size >= maxInFlight || this.#openBytes > this.#parts.settings.publish.maxPendingBytes) {
      this.#room = Promise.withResolvers<void>();
      await this.#room.promise;
    }
  }

  async finish(): Promise<ExitCode> {
    await Promise.all(this.#open);
    this.#refused.end();
    const bad = this.#refused.count;
    const { session, json } = this.#parts;
    if (!json) {
      const not = bad === 0 ? '' : `, ${bad} not`;
      await session.output.write(`${this.#published} published and ${this.#place()}${not}\n`);
    }
    if (bad === 0) return exitCode.done;
    if (this.#published > 0) return exitCode.partly;
    return this.#unreachable ? exitCode.unreachable : exitCode.failed;
  }

  #place(): string {
    if (this.#spooled === 0) return 'durable in the bucket';
    const others = this.#published - this.#spooled;
    return `${others === 0 ? '' : `durable in the bucket (${others}), `}kept in the spool of the node${others === 0 ? '' : ` (${this.#spooled})`}`;
  }

  async #publish(line: number, update: NewUpdate): Promise<void> {
    try {
      const published = await this.#publisher.publish(update);
      this.#published += 1;
      if (published.durable === 'spool') this.#spooled += 1;
      if (this.#parts.json) await this.#parts.session.output.json({ line, url: update.url, ...published });
    } catch (error) {
      // A stop is told once, by the exit code, and not for every line.
      if (this.#parts.session.signal.aborted) return;
      if (isBucketcastError(error, 'store-unavailable')) this.#unreachable = true;
      this.refuse(
        line,
        failureText(error)
          .replace(/^bucketcast: /, '')
          .trimEnd(),
      );
    }
  }
}
