import { Fifo } from '../base/fifo.ts';
import type { NewUpdate } from '../base/update.ts';
import { MiB } from '../config/units.ts';
import { Admission } from '../publish/admission.ts';
import type { Published, Spooled } from '../publish/published.ts';
import type { InputLine } from '../sources/input-lines.ts';
import { isForAll } from './patience.ts';
import { type ProblemDetails, problemOf } from './problem-details.ts';
import { Refusal } from './refusal.ts';
import { requestUpdate } from './request-update.ts';

export const linesType = 'application/x-ndjson; charset=utf-8';

/** Lines and their results in memory at once, bytes. */
const windowBytes = 16 * MiB;
/** What an update on its way takes besides its text, about. */
const lineBytes = 512;
const resultBytes = 100;

export interface LinePublisher {
  /** `line` counts from 1. */
  publish(update: NewUpdate, line: number): Promise<Published | Spooled>;
  /** Leaves out what went well. */
  readonly onlyFailed: boolean;
  /** Hears of failures that nobody foresaw. */
  unexpected(error: unknown): void;
}

/** The last line of an answer: what became of the whole request. */
interface Summary {
  /** Whether every line of the request was read and answered for. */
  readonly complete: boolean;
  readonly lines: number;
  readonly published: number;
  readonly failed: number;
  readonly error?: ProblemDetails;
}

interface Entry {
  readonly line: number;
  /** What it takes of the window: less, once only its result is kept. */
  bytes: number;
  /** Absent while under way; empty for a result that is left out. */
  result?: string;
}

/**
 * Publishes one update for each line and tells of each in the order of the lines. Reads ahead as far as its window lets
 * it, so that neither a large body nor an answer that nobody reads fills the memory.
 */
export class LinePublishing {
  readonly #publisher: LinePublisher;
  readonly #window = new Admission(windowBytes);
  readonly #entries = new Fifo<Entry>();
  #counts = { lines: 0, published: 0, failed: 0 };
  #ended = false;
  #failure: unknown;
  /** Something that would fail every other line as well; nothing more is read. */
  #stopped: unknown;
  #changed = Promise.withResolvers<void>();

  constructor(lines: AsyncIterable<InputLine>, publisher: LinePublisher) {
    this.#publisher = publisher;
    this.#read(lines).then(
      () => this.#end(),
      (error: unknown) => this.#end(error),
    );
  }

  /** Why no line was published, when it is something that would fail every line; known once the first result is there. */
  get refusal(): unknown {
    return this.#counts.published === 0 ? (this.#failure ?? this.#stopped) : undefined;
  }

  /** Whether each line has an answer that a repeat would get again. */
  get final(): boolean {
    return this.#ended && this.#failure === undefined && this.#stopped === undefined;
  }

  /** Ends with the summary. Several lines may come in one text. */
  async *results(): AsyncGenerator<string> {
    for (;;) {
      const text = this.#take();
      if (text !== '') yield text;
      else if (this.#ended && this.#entries.size === 0) break;
      else await this.#changed.promise;
    }
    yield `${JSON.stringify(this.#summary())}\n`;
  }

  /** Reads nothing more; what is under way is still told. */
  stop(reason: unknown): void {
    this.#stopped ??= reason;
    this.#end();
  }

  async #read(lines: AsyncIterable<InputLine>): Promise<void> {
    for await (const { number, text, problem } of lines) {
      if (this.#ended) return;
      if (text !== undefined && text.trim() === '') continue;
      const entry = { line: number, bytes: lineBytes + (text?.length ?? 0) };
      await new Promise<void>((resolve) => this.#window.ask(entry.bytes, resolve));
      if (this.#ended) return;
      this.#counts.lines += 1;
      this.#entries.push(entry);
      void this.#publish(entry, text, problem);
    }
  }

  /** Never rejects. */
  async #publish(entry: Entry, text: string | undefined, problem = 'unreadable'): Promise<void> {
    const { line } = entry;
    let result: string;
    try {
      if (text === undefined) throw new Refusal(400, 'bad-request', `The line is ${problem}.`);
      const published = await this.#publisher.publish(requestUpdate(text), line);
      this.#counts.published += 1;
      result = this.#publisher.onlyFailed ? '' : `${JSON.stringify({ line, ...published })}\n`;
    } catch (error) {
      this.#counts.failed += 1;
      result = `${JSON.stringify({ line, error: problemOf(error).body })}\n`;
      if (isForAll(error)) {
        if (problemOf(error).unexpected) this.#publisher.unexpected(error);
        this.stop(error);
      }
    }
    entry.result = result;
    const kept = Math.min(entry.bytes, resultBytes + result.length);
    this.#window.leave(entry.bytes - kept);
    entry.bytes = kept;
    if (this.#entries.peek() === entry) this.#tell();
  }

  /** Results that are there, up to the first that is not. */
  #take(): string {
    let text = '';
    for (let first = this.#entries.peek(); first?.result !== undefined; first = this.#entries.peek()) {
      text += first.result;
      this.#entries.shift();
      this.#window.leave(first.bytes);
      if (text.length > 64 * 1024) break;
    }
    return text;
  }

  #summary(): Summary {
    const error = this.#failure ?? this.#stopped;
    const complete = error === undefined;
    return { complete, ...this.#counts, ...(complete ? {} : { error: problemOf(error).body }) };
  }

  #end(failure?: unknown): void {
    if (!this.#ended) this.#failure = failure;
    this.#ended = true;
    this.#tell();
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
