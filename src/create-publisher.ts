import { Emitter } from './base/emitter.ts';
import type { NodeEmitter } from './base/events.ts';
import type { NewUpdate } from './base/update.ts';
import { checkSettings } from './config/check-settings.ts';
import { defaultServerName } from './config/default-server-name.ts';
import type { SettingsInput } from './config/settings.ts';
import { HintAnnouncer } from './hints/announcer.ts';
import type { FoundFleet } from './log/fleet-id.ts';
import { type Components, type Foundation, openFoundation } from './node/foundation.ts';
import { type JoinOptions, joinFleet } from './node/join-fleet.ts';
import { NodeHints } from './node/node-hints.ts';
import { objectsToPublish, Publishing, type PublishingParts } from './node/publishing.ts';
import type { Published, PublishOptions, Spooled } from './publish/published.ts';
import type { PublisherSnapshot } from './publish/publisher.ts';
import { Spool } from './publish/spool.ts';
import { UpdateEncoder } from './publish/update-encoder.ts';

/**
 * Only the writing side, for a program that publishes and reads nothing: no polls, no threads. With `role: 'guest'`
 * it goes beside a running node of the same server, and uses no spool. Throws as `BucketcastNode.start` does.
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
    const objects = await objectsToPublish(foundation);
    const { role = 'node' } = options;
    // A guest is gone before it could connect, and may not take the node's addresses.
    const use = { role: 'publisher', http: false } as const;
    const hints = role === 'node' ? await NodeHints.open(foundation, use) : undefined;
    return new StandalonePublisher(foundation, fleet, { role, objects, hints });
  } catch (error) {
    await foundation.close();
    throw error;
  }
}

interface StandaloneParts extends Pick<PublishingParts, 'objects'> {
  readonly role: 'node' | 'guest';
  readonly hints: NodeHints | undefined;
}

/** A publisher with a store and a state of its own. `stop()` it, or hold it with `await using`. */
export class StandalonePublisher {
  readonly events: NodeEmitter;
  readonly #foundation: Foundation;
  readonly #publishing: Publishing;
  readonly #hints: NodeHints | undefined;
  #stopping: Promise<void> | undefined;

  constructor(foundation: Foundation, fleet: FoundFleet, { role, objects, hints }: StandaloneParts) {
    const { settings, events } = foundation;
    const encoder = new UpdateEncoder(settings.publish, foundation);
    const spool = role === 'node' ? new Spool(settings, { ...foundation, encoder }) : undefined;
    this.events = events;
    this.#foundation = foundation;
    this.#hints = hints;
    const announcer = hints?.isOn ? announcerTo(hints, foundation, fleet) : undefined;
    this.#publishing = new Publishing(foundation, fleet, { encoder, spool, objects, announcer });
    this.#publishing.start();
    hints?.start(() => {});
  }

  /** Resolves when the update is durable; throws as `BucketcastNode.publish` does. */
  publish(update: NewUpdate, options?: PublishOptions): Promise<Published | Spooled> {
    return this.#publishing.publish(update, options);
  }

  /** Resolves once everything published so far is durable, and every poll of the bucket finds it. */
  flush(): Promise<void> {
    return this.#publishing.flush();
  }

  snapshot(): PublisherSnapshot {
    return this.#publishing.snapshot();
  }

  /** Takes nothing new, drains for `timeoutMs` (default `stop.timeoutMs`), then aborts. Idempotent. */
  stop({ timeoutMs }: { readonly timeoutMs: number } = this.#foundation.settings.stop): Promise<void> {
    this.#stopping ??= this.#stop(timeoutMs);
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #stop(timeoutMs: number): Promise<void> {
    await this.#publishing.stop(timeoutMs);
    await this.#hints?.stop();
    await this.#foundation.close();
  }
}

function announcerTo(
  hints: NodeHints,
  { settings, keys }: Foundation,
  { fleetId }: FoundFleet,
): HintAnnouncer {
  const { inlineBytes } = settings.hints;
  return new HintAnnouncer({ fleet: { fleetId, keys }, inlineBytes, send: (hint) => hints.send(hint) });
}
