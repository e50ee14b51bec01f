import { closedError } from '../base/errors.ts';
import type { NewUpdate } from '../base/update.ts';
import type { Published, PublishOptions, Spooled } from '../publish/published.ts';
import type { Source, SourceSnapshot } from '../sources/source.ts';
import type { Foundation } from './foundation.ts';

type Publish = (update: NewUpdate, options?: PublishOptions) => Promise<Published | Spooled>;

/** The sources of the settings: what publishes by itself. */
export class RunningSources {
  readonly #sources: readonly Source[];
  #isStopped = false;
  #stopping: Promise<unknown> | undefined;

  /** Loads their code only now: most nodes have none. Throws `invalid-settings`, also for a file where a directory belongs. */
  static async open(foundation: Foundation, publish: Publish): Promise<RunningSources> {
    const { settings, state } = foundation;
    const parts = { ...foundation, files: state.files, publish };
    const sources: Source[] = [];
    for (const [index, watch] of settings.watch.entries()) {
      const { FileWatcher } = await import('../sources/file-watcher.ts');
      const { checkIsNoFile } = await import('../sources/root-directory.ts');
      await checkIsNoFile(watch.path, `watch[${index}].path`);
      sources.push(new FileWatcher(watch, parts));
    }
    for (const [index, redis] of settings.redis.entries()) {
      const { RedisSource } = await import('../sources/redis-source.ts');
      sources.push(new RedisSource(redis, { ...parts, path: `redis[${index}]` }));
    }
    return new RunningSources(sources);
  }

  private constructor(sources: readonly Source[]) {
    this.#sources = sources;
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
