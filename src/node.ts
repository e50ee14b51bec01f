import { Emitter } from './base/emitter.ts';
import { closedError } from './base/errors.ts';
import type { NodeEmitter } from './base/events.ts';
import type { NewUpdate } from './base/update.ts';
import { checkSettings } from './config/check-settings.ts';
import { defaultServerName } from './config/default-server-name.ts';
import type { Settings, SettingsInput } from './config/settings.ts';
import type { PollResult } from './coordinate/poller.ts';
import type { Deliver } from './coordinate/sink-runner.ts';
import type { Subscription } from './coordinate/subscription.ts';
import type { UpdateIterator } from './coordinate/update-iterator.ts';
import type { Components } from './node/foundation.ts';
import { RunningNode, type StartOptions, type SubscribeOptions } from './node/running-node.ts';
import type { Published, PublishOptions } from './publish/published.ts';
import type { NodeSnapshot } from './status/node-snapshot.ts';

/**
 * A sync node in this process, not started yet. Settings left out have their defaults; wrong ones throw
 * `invalid-settings`, which names every one of them.
 */
export function createNode(
  settings: SettingsInput = {},
  components: Partial<Components> = {},
): BucketcastNode {
  return new BucketcastNode(checkSettings(settings), components);
}

/**
 * Publishes updates to the bucket and delivers everybody else's. `start()` it, `publish()` and `subscribe()`, then
 * `stop()` it, or hold it with `await using`. A node is started once.
 */
export class BucketcastNode {
  readonly settings: Settings;
  readonly server: string;
  readonly events: NodeEmitter = new Emitter();
  readonly #components: Partial<Components>;
  readonly #stopped = new AbortController();
  #starting: Promise<RunningNode> | undefined;
  #running: RunningNode | undefined;
  #stopping: Promise<void> | undefined;

  constructor(settings: Settings, components: Partial<Components>) {
    this.settings = settings;
    this.server = settings.server ?? defaultServerName();
    this.#components = components;
  }

  /**
   * Opens the state directory, joins the fleet, and begins to poll. Throws `state-unusable`, `invalid-settings`,
   * `fleet-mismatch`, `store-refused`, and `store-unavailable` unless told to `waitForStore`.
   */
  async start(options: StartOptions = {}): Promise<void> {
    if (this.#stopping) throw closedError('the node');
    const { signal } = this.#stopped;
    this.#starting ??= RunningNode.start(this, this.#components, { ...options, signal });
    this.#running = await this.#starting;
  }

  /**
   * Resolves when the update is durable in the bucket. Throws `invalid-update` (nothing was written),
   * `store-refused` (definitely not published), `closed` (stopped first: unknown). Waits while the store is away.
   */
  async publish(update: NewUpdate, options?: PublishOptions): Promise<Published> {
    const { publisher, foundation } = this.#current;
    const { clock, metrics } = foundation;
    const startedAt = clock.monotonic();
    try {
      const published = await publisher.publish(update, options);
      metrics.updates.published((clock.monotonic() - startedAt) / 1000);
      return published;
    } catch (error) {
      metrics.updates.publishFailed();
      throw error;
    }
  }

  /** Resolves once everything published so far is durable, and every poll of the bucket finds it. */
  async flush(): Promise<void> {
    await this.#current.publisher.flush();
  }

  /**
   * Resolves when the subscription exists; its updates come to `deliver` in order per writer and lane, one batch at a
   * time. Throws `invalid-settings` for a bad `from`, or a name that is in use.
   */
  async subscribe(options: SubscribeOptions, deliver: Deliver): Promise<Subscription> {
    return this.#current.subscribe(options, deliver);
  }

  /**
   * The updates one by one. Asking for the next acknowledges the one before; leaving the loop stops the subscription,
   * and the update in hand then counts as not acknowledged.
   */
  updates(options: SubscribeOptions = {}): UpdateIterator {
    return this.#current.updates(options);
  }

  /** A complete poll that begins after this call; rejects when it fails. */
  async pollNow(): Promise<PollResult> {
    return this.#current.coordinator.pollNow();
  }

  /** Resolves after a complete poll that found nothing, with everything delivered to every subscription. */
  async idle(): Promise<void> {
    return this.#current.coordinator.idle();
  }

  /** The metrics in Prometheus' text format. */
  async metrics(): Promise<string> {
    return this.#current.foundation.metrics.text();
  }

  /** What the node is doing just now: plain values. */
  snapshot(): NodeSnapshot {
    return this.#current.snapshot();
  }

  /** Takes nothing new, drains for `timeoutMs` (default `stop.timeoutMs`), then aborts. Idempotent. */
  stop({ timeoutMs }: { readonly timeoutMs: number } = this.settings.stop): Promise<void> {
    this.#stopping ??= this.#stop(timeoutMs);
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  get #current(): RunningNode {
    if (!this.#running || this.#stopping)
      throw closedError(this.#stopping ? 'the node' : 'a node never started');
    return this.#running;
  }

  async #stop(timeoutMs: number): Promise<void> {
    this.#stopped.abort();
    const running = await this.#starting?.catch(() => undefined);
    await running?.stop(timeoutMs);
  }
}
