import { backoffMs } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { errorMessage } from '../base/error-message.ts';
import { isBucketcastError } from '../base/errors.ts';
import type { Random } from '../base/random.ts';
import { MINUTE, SECOND } from '../config/units.ts';
import { KeyedWork } from './keyed-work.ts';
import { MessageError } from './message-error.ts';
import type { MessageReader } from './message-reader.ts';

/** What became of a message. `left`: it was not published, since the source stops. */
export type MessageEnd = 'published' | 'refused' | 'left';

export interface MessageWorkParts {
  readonly clock: Pick<Clock, 'after'>;
  readonly random: Random;
  readonly onRefused: (message: Buffer, reason: string) => void;
  /** Publishing fails for a reason that no message can help, and is tried again. */
  readonly onTrouble: (error: unknown, retryInMs: number) => void;
  readonly onPublished: () => void;
}

interface Item<Known> {
  readonly message: Buffer;
  readonly known: Known;
  readonly onEnd: (end: MessageEnd) => void;
}

const backoff = { baseMs: SECOND, capMs: MINUTE };
/** Tries of a message that only its file is to blame for; some two minutes. */
const mostTries = 8;

/** Publishes what messages say, and tells of each what became of it. */
export class MessageWork<Known> {
  readonly #reader: MessageReader<Known>;
  readonly #parts: MessageWorkParts;
  readonly #work: KeyedWork<Item<Known>>;
  readonly #stopping = new AbortController();
  #count = 0;
  #bytes = 0;
  #published = 0;
  #changed = Promise.withResolvers<void>();

  constructor(reader: MessageReader<Known>, parts: MessageWorkParts) {
    this.#reader = reader;
    this.#parts = parts;
    const { atOnce, settleMs: delayMs, together } = reader;
    const run = (key: string, items: readonly Item<Known>[], attempt: number) =>
      this.#run(key, items, attempt);
    this.#work = new KeyedWork({ run, atOnce, delayMs, together, clock: parts.clock });
  }

  /** Messages that have not ended yet. */
  get count(): number {
    return this.#count;
  }

  /** Memory that they take, bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Updates, not messages: several of one file are one. */
  get published(): number {
    return this.#published;
  }

  /** `onEnd` is called once, perhaps at once. */
  add(message: Buffer, onEnd: (end: MessageEnd) => void): void {
    this.#count += 1;
    this.#bytes += message.length;
    const item = { message, onEnd };
    try {
      const { key, known } = this.#reader.parse(message);
      this.#work.add(key, { ...item, known });
    } catch (error) {
      this.#refuse([item], errorMessage(error));
    }
  }

  /** Resolves once no more than so many messages, of so many bytes, are left. */
  async until(count: number, bytes = Number.POSITIVE_INFINITY): Promise<void> {
    while (this.#count > count || this.#bytes > bytes) await this.#changed.promise;
  }

  /** What waits only to be joined by others goes at once. */
  hurry(): void {
    this.#work.hurry();
  }

  /** What has not ended is left. Resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#end(this.#work.close(), 'left');
    this.#stopping.abort();
    await this.until(0);
  }

  async #run(key: string, items: readonly Item<Known>[], attempt: number): Promise<number | undefined> {
    const last = items.at(-1) as Item<Known>;
    try {
      const isNew = await this.#reader.publish(key, last.known, this.#stopping.signal);
      if (isNew) this.#published += 1;
      this.#parts.onPublished();
      this.#end(items, 'published');
      return undefined;
    } catch (error) {
      return this.#failed(items, error, attempt);
    }
  }

  #failed(items: readonly Item<Known>[], error: unknown, attempt: number): number | undefined {
    const isOver = error instanceof MessageError && (!error.passing || attempt + 1 >= mostTries);
    if (isOver || isBucketcastError(error, 'invalid-update')) {
      this.#refuse(items, error.message);
      return undefined;
    }
    if (this.#stopping.signal.aborted || isBucketcastError(error, 'closed')) {
      this.#end(items, 'left');
      return undefined;
    }
    const againInMs = backoffMs(attempt, backoff, this.#parts.random);
    if (!(error instanceof MessageError)) this.#parts.onTrouble(error, againInMs);
    return againInMs;
  }

  #refuse(items: readonly Pick<Item<Known>, 'message' | 'onEnd'>[], reason: string): void {
    for (const { message } of items) this.#parts.onRefused(message, reason);
    this.#end(items, 'refused');
  }

  #end(items: readonly Pick<Item<Known>, 'message' | 'onEnd'>[], end: MessageEnd): void {
    for (const { message, onEnd } of items) {
      this.#count -= 1;
      this.#bytes -= message.length;
      onEnd(end);
    }
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
