import { Emitter } from './base/emitter.ts';
import type { NodeEmitter } from './base/events.ts';
import type { NewUpdate } from './base/update.ts';
import { checkSettings } from './config/check-settings.ts';
import { defaultServerName } from './config/default-server-name.ts';
import type { SettingsInput } from './config/settings.ts';
import type { FoundFleet } from './log/fleet-id.ts';
import { type Components, type Foundation, openFoundation } from './node/foundation.ts';
import { type JoinOptions, joinFleet } from './node/join-fleet.ts';
import type { Published, PublishOptions } from './publish/published.ts';
import { Publisher, type PublisherSnapshot } from './publish/publisher.ts';

/**
 * Only the writing side, for a program that publishes and reads nothing: no polls, no threads. With `role: 'guest'`
 * it goes beside a running node of the same server. Throws as `BucketcastNode.start` does.
 */
export async function createPublisher(
  settings: SettingsInput = {},
  components: Partial<Components> = {},
  options: JoinOptions & { readonly role?: 'node' | 'guest' } = {},
): Promise<StandalonePublisher> {
  const checked = checkSettings(settings);
  const server = checked.server ?? defaultServerName();
  const events: NodeEmitter = new Emitter();
  const foundation = await openFoundation({ settings: checked, server, events }, components, options);
  try {
    const fleet = await joinFleet(foundation, options);
    return new StandalonePublisher(foundation, fleet, options.role ?? 'node');
  } catch (error) {
    await foundation.close();
    throw error;
  }
}

/** A publisher with a store and a state of its own. `stop()` it, or hold it with `await using`. */
export class StandalonePublisher {
  readonly events: NodeEmitter;
  readonly #foundation: Foundation;
  readonly #publisher: Publisher;
  #stopping: Promise<void> | undefined;

  constructor(foundation: Foundation, { fleetId, time }: FoundFleet, role: 'node' | 'guest') {
    const { settings, server, keys, events } = foundation;
    this.events = events;
    this.#foundation = foundation;
    this.#publisher = new Publisher(
      { ...settings, settings: settings.publish, server, fleetId, keys, role },
      foundation,
    );
    this.#publisher.observeStoreTime(time);
    this.#publisher.start();
  }

  /** Resolves when the update is durable; throws as `BucketcastNode.publish` does. */
  publish(update: NewUpdate, options?: PublishOptions): Promise<Published> {
    return this.#publisher.publish(update, options);
  }

  /** Resolves once everything published so far is durable, and every poll of the bucket finds it. */
  flush(): Promise<void> {
    return this.#publisher.flush();
  }

  snapshot(): PublisherSnapshot {
    return this.#publisher.snapshot();
  }

  /** Takes nothing new, drains for `timeoutMs` (default `stop.timeoutMs`), then aborts. Idempotent. */
  stop({ timeoutMs }: { readonly timeoutMs: number } = this.#foundation.settings.stop): Promise<void> {
    this.#stopping ??= this.#publisher.stop({ timeoutMs }).then(() => this.#foundation.close());
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
