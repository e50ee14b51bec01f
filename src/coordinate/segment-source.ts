import { closedError } from '../base/errors.ts';
import type { SegmentFetcher, SegmentOutcome, SegmentTask } from '../log/segment-fetcher.ts';

interface Shared {
  readonly outcome: Promise<SegmentOutcome>;
  readonly controller: AbortController;
  waiting: number;
}

/**
 * Lets subscriptions that want one segment at the same moment share one fetch; each gets the same decoded
 * buffer, which nobody writes to. The fetch is aborted when the last of them has gone.
 */
export class SegmentSource implements SegmentFetcher {
  readonly #fetcher: SegmentFetcher;
  readonly #shared = new Map<string, Shared>();

  constructor(fetcher: SegmentFetcher) {
    this.#fetcher = fetcher;
  }

  /** Fetches under way. */
  get size(): number {
    return this.#shared.size;
  }

  async fetch(task: SegmentTask, signal?: AbortSignal): Promise<SegmentOutcome> {
    if (signal?.aborted) throw closedError(`fetching ${task.key}`, signal);
    const shared = this.#shared.get(task.key) ?? this.#begin(task);
    shared.waiting += 1;
    const leave = () => {
      shared.waiting -= 1;
      if (shared.waiting > 0) return;
      if (this.#shared.get(task.key) === shared) this.#shared.delete(task.key);
      shared.controller.abort(signal?.reason);
    };
    signal?.addEventListener('abort', leave, { once: true });
    try {
      return await shared.outcome;
    } finally {
      signal?.removeEventListener('abort', leave);
    }
  }

  #begin(task: SegmentTask): Shared {
    const controller = new AbortController();
    const outcome = this.#run(task, controller.signal).finally(() => {
      if (this.#shared.get(task.key) === shared) this.#shared.delete(task.key);
    });
    const shared: Shared = { outcome, controller, waiting: 0 };
    this.#shared.set(task.key, shared);
    return shared;
  }

  async #run(task: SegmentTask, signal: AbortSignal): Promise<SegmentOutcome> {
    return this.#fetcher.fetch(task, signal);
  }
}
