import { closedError } from '../base/errors.ts';
import type { NewUpdate } from '../base/update.ts';
import type { Published, PublishOptions, Spooled } from '../publish/published.ts';
import { FileWatcher } from '../sources/file-watcher.ts';
import { RedisSource } from '../sources/redis-source.ts';
import type { Source, SourceSnapshot } from '../sources/source.ts';
import type { Foundation } from './foundation.ts';

type Publish = (update: NewUpdate, options?: PublishOptions) => Promise<Published | Spooled>;

/** The sources of the settings: what publishes by itself. */
export class RunningSources {
  readonly #sources: readonly Source[];
  #isStopped = false;
  #stopping: Promise<unknown> | undefined;

  /** Throws `invalid-settings`. */
  constructor(foundation: Foundation, publish: Publish) {
    const { settings, state, server } = foundation;
    const parts = { ...foundation, files: state.files, publish };
    this.#sources = [
      ...settings.watch.map((watch) => new FileWatcher(watch, parts)),
      ...settings.redis.map(
        (redis, index) => new RedisSource(redis, { ...parts, server, path: `redis[${index}]` }),
      ),
    ];
  }

  start(): void {
    if (this.#isStopped) throw closedError('the node');
    for (const source of this.#sources) source.start();
  }

  snapshot(): readonly SourceSnapshot[] {
    return this.#sources.map((source) => source.snapshot());
  }

  /** Takes nothing new; resolves when nothing of them is under way any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stopping ??= Promise.allSettled(this.#sources.map((source) => source.stop()));
    await this.#stopping;
  }
}
