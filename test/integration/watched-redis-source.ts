import { mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { Emitter } from '../../src/base/emitter.ts';
import type { NodeEvents } from '../../src/base/events.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { NewUpdate } from '../../src/base/update.ts';
import type { RedisSourceSettings } from '../../src/config/source-settings.ts';
import type { Publish } from '../../src/sources/message-reader.ts';
import { RedisSource } from '../../src/sources/redis-source.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

interface Told {
  readonly failed: NodeEvents['source-failed'][];
  readonly recovered: NodeEvents['source-recovered'][];
  readonly refused: NodeEvents['source-refused'][];
}

/** A source, and everything it does; `changed` wakes `until` whenever there is more of it. */
export class WatchedRedisSource {
  readonly source: RedisSource;
  readonly published: NewUpdate[] = [];
  readonly told: Told = { failed: [], recovered: [], refused: [] };
  readonly root: string;
  #changed = Promise.withResolvers<void>();

  constructor(t: TestContext, settings: Partial<RedisSourceSettings> & { url: string }, publish?: Publish) {
    this.root = join(realpathSync(temporaryDirectory()), 'htdocs');
    mkdirSync(join(this.root, 'img'), { recursive: true });
    const events = new Emitter<NodeEvents>();
    for (const name of ['failed', 'recovered', 'refused'] as const) {
      events.on(`source-${name}`, (event) => {
        (this.told[name] as unknown[]).push(event);
        this.#wake();
      });
    }
    const usual = {
      message: 'update' as const,
      path: this.root,
      urlFrom: 'https://www.example.com/{path}',
      deletes: true,
      maxBytes: 1024 * 1024,
    };
    this.source = new RedisSource(
      { ...usual, ...settings },
      {
        server: 'web-1',
        drainMs: 50,
        events,
        clock: systemClock,
        random: systemRandom,
        publish: async (update, options) => {
          const answer = await publish?.(update, options);
          this.published.push(update);
          this.#wake();
          return answer ?? { id: '0'.repeat(32), durable: 'spool' };
        },
      },
    );
    t.after(() => this.source.stop());
    this.source.start();
  }

  get urls(): string[] {
    return this.published.map(({ url }) => url);
  }

  async until(done: () => boolean): Promise<void> {
    while (!done()) await this.#changed.promise;
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
