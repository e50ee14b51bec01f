import type { RedisConnection } from '../base/redis-connection.ts';
import type { MessageEnd } from './message-work.ts';

export interface RedisListNames {
  readonly list: string;
  /** Taken, and not known to be published. */
  readonly processing: string;
  /** What could not be published; undefined where such messages are dropped. */
  readonly refused: string | undefined;
}

export interface RedisListWork {
  readonly add: (message: Buffer, onEnd: (end: MessageEnd) => void) => void;
  /** Resolves when there is room for another message. */
  readonly room: () => Promise<void>;
  /** Resolves when every message has ended. */
  readonly idle: () => Promise<void>;
}

/** Messages read at once of those that an earlier run left. */
const pageSize = 100;
const blockSeconds = 5;

/**
 * Takes messages from a list, at least once each: they are moved into a list of our own, and removed from that when they have ended.
 * What stands there at the start of a session is taken first, and so again if it was not known to be done.
 */
export class RedisList {
  readonly #names: RedisListNames;
  readonly #work: RedisListWork;
  readonly #answerMs: number;
  /** Ended while nobody could be told. */
  readonly #ended: { readonly message: Buffer; readonly end: MessageEnd }[] = [];
  #keeper: RedisConnection | undefined;
  readonly #removals = new Set<Promise<void>>();

  constructor(names: RedisListNames, work: RedisListWork, answerMs: number) {
    this.#names = names;
    this.#work = work;
    this.#answerMs = answerMs;
  }

  /**
   * Takes until it throws: that the server fails, or that a connection is over. `taker` may wait for messages, so `keeper`
   * has to be another connection. `onWorking` is called once the server has shown that it works.
   */
  async run(taker: RedisConnection, keeper: RedisConnection, onWorking: () => void): Promise<never> {
    // Before that, nobody can tell what stands there because it is being published from what was left over.
    await this.#work.idle();
    this.#keeper = keeper;
    for (let ended = this.#ended.shift(); ended !== undefined; ended = this.#ended.shift()) {
      await this.#remove(keeper, ended.message, ended.end);
    }
    await this.#takeLeft(keeper);
    return await this.#takeNew(taker, onWorking);
  }

  /** Resolves when what has ended is removed, as far as the session still can. */
  async settled(): Promise<void> {
    await Promise.all(this.#removals);
  }

  async #takeLeft(keeper: RedisConnection): Promise<void> {
    for (;;) {
      // The oldest stands last.
      const page = await keeper.send(['LRANGE', this.#names.processing, String(-pageSize), '-1']);
      const messages = (page as Buffer[]).toReversed();
      if (messages.length === 0) return;
      for (const message of messages) {
        await this.#work.room();
        if (!keeper.isOpen) throw await keeper.lost;
        this.#add(message);
      }
      await this.#work.idle();
      await this.settled();
      if (!keeper.isOpen) throw await keeper.lost;
    }
  }

  async #takeNew(taker: RedisConnection, onWorking: () => void): Promise<never> {
    const { list, processing } = this.#names;
    let message = await taker.send(['LMOVE', list, processing, 'RIGHT', 'LEFT']);
    onWorking();
    for (;;) {
      if (message !== null) this.#add(message as Buffer);
      await this.#work.room();
      const take = ['BLMOVE', list, processing, 'RIGHT', 'LEFT', String(blockSeconds)];
      message = await taker.send(take, blockSeconds * 1000 + this.#answerMs);
    }
  }

  #add(message: Buffer): void {
    this.#work.add(message, (end) => {
      if (end === 'left') return;
      const keeper = this.#keeper;
      if (!keeper?.isOpen) {
        this.#ended.push({ message, end });
        return;
      }
      // Where no answer comes it may have been removed or not; then the session is over, and what still stands there comes again.
      const removal = this.#remove(keeper, message, end)
        .catch((error: unknown) => keeper.close(error))
        .finally(() => this.#removals.delete(removal));
      this.#removals.add(removal);
    });
  }

  /** Of equal messages it is all the same which one goes. */
  async #remove(keeper: RedisConnection, message: Buffer, end: MessageEnd): Promise<void> {
    const { processing, refused } = this.#names;
    if (end === 'refused' && refused !== undefined) await keeper.send(['LPUSH', refused, message]);
    await keeper.send(['LREM', processing, '-1', message]);
  }
}
