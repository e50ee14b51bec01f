import type { Piscina } from 'piscina';
import type { Clock } from '../base/clock.ts';
import { MiB, SECOND } from '../config/units.ts';
import { BrokenFeed } from '../feeds/broken-feed.ts';
import { threadHeapBytes } from '../feeds/memory-need.ts';
import type { PackedDocuments } from '../feeds/packed-documents.ts';
import type { FeedLimits } from '../feeds/parse-documents.ts';
import type { FeedReply } from './feed-job.ts';
import { oneThread } from './one-thread.ts';
import { feedWorkerUrl } from './worker-location.ts';

export interface FeedThreadParts {
  readonly limits: FeedLimits;
  /** `feeds.timeoutMs` */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** Feeds come in batches; a thread that has had nothing to do for this long gives its memory back. */
const idleMs = 30 * SECOND;

/**
 * A thread that parses one job at a time, as a Piscina of its own: then a job is with the thread from the start, and its loss
 * is the job's. It begins with the first job and ends when it idles, when a job takes too long, and at `stop()`.
 */
export class FeedThread {
  readonly #parts: FeedThreadParts;
  #piscina: Piscina | undefined;
  #cancelIdle: (() => void) | undefined;
  #endings = new Set<Promise<void>>();
  busy = false;

  constructor(parts: FeedThreadParts) {
    this.#parts = parts;
  }

  /**
   * Throws `BrokenFeed` when the job took too long or too much (`timeout`, `too-large`), and what ended the thread when something
   * else did. The buffers of `packed` are gone afterwards.
   */
  async run(packed: PackedDocuments): Promise<FeedReply> {
    const { clock, timeoutMs } = this.#parts;
    this.busy = true;
    this.#cancelIdle?.();
    let late = false;
    const cancel = clock.after(timeoutMs, () => {
      late = true;
      this.#end();
    });
    try {
      const transferList = [packed.bytes.buffer, packed.offsets.buffer];
      return (await this.#start().run(packed, { transferList })) as FeedReply;
    } catch (error) {
      this.#end();
      if (late) throw new BrokenFeed('timeout', `parsing it took longer than ${timeoutMs} ms`, error);
      if (!isOutOfMemory(error)) throw error;
      throw new BrokenFeed('too-large', 'parsing it took more memory than a thread has', error);
    } finally {
      cancel();
      this.busy = false;
      if (this.#piscina) this.#cancelIdle = clock.after(idleMs, () => this.#end());
    }
  }

  /** Resolves when it is gone; its job fails. */
  async stop(): Promise<void> {
    this.#end();
    await Promise.all(this.#endings);
  }

  #start(): Piscina {
    if (this.#piscina) return this.#piscina;
    const { limits } = this.#parts;
    const piscina = oneThread({
      filename: feedWorkerUrl,
      name: 'parse',
      workerData: limits,
      resourceLimits: { maxOldGenerationSizeMb: Math.ceil(threadHeapBytes(limits.memoryBytes) / MiB) },
    });
    // Piscina would start another one at once. Nobody may wait for it: it would wait for a thread that is gone.
    piscina.once('workerDestroy', () => {
      if (this.#piscina !== piscina) return;
      this.#piscina = undefined;
      void piscina.destroy();
    });
    this.#piscina = piscina;
    return piscina;
  }

  #end(): void {
    this.#cancelIdle?.();
    this.#cancelIdle = undefined;
    const piscina = this.#piscina;
    if (piscina === undefined) return;
    this.#piscina = undefined;
    const ending = piscina.destroy().finally(() => this.#endings.delete(ending));
    this.#endings.add(ending);
  }
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
}
