import { Emitter } from './base/emitter.ts';
import { BucketcastError, closedError } from './base/errors.ts';
import type { NodeEmitter } from './base/events.ts';
import type { NewUpdate } from './base/update.ts';
import type { Claim, ClaimOptions } from './claims/claim.ts';
import { checkSettings } from './config/check-settings.ts';
import { compareSettings, type SettingsChange } from './config/compare-settings.ts';
import { defaultServerName } from './config/default-server-name.ts';
import type { Settings, SettingsInput } from './config/settings.ts';
import type { PollResult } from './coordinate/poller.ts';
import type { RunningSubscription } from './coordinate/running-subscription.ts';
import type { Deliver } from './coordinate/sink-runner.ts';
import type { UpdateIterator } from './coordinate/update-iterator.ts';
import type { NodeState } from './http/served-node.ts';
import type { Components } from './node/foundation.ts';
import { OpenNode, type StartOptions } from './node/open-node.ts';
import type { HandlerSubscribeOptions, RunningNode, SubscribeOptions } from './node/running-node.ts';
import type { Published, PublishOptions, Spooled } from './publish/published.ts';
import type { NodeSnapshot } from './status/node-snapshot.ts';
import type { Readiness } from './status/readiness.ts';
import type { Status } from './status/status.ts';

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
  readonly server: string;
  readonly events: NodeEmitter = new Emitter();
  readonly #components: Partial<Components>;
  readonly #stopped = new AbortController();
  #settings: Settings;
  #starting: Promise<void> | undefined;
  #open: OpenNode | undefined;
  #stopping: Promise<void> | undefined;

  constructor(settings: Settings, components: Partial<Components>) {
    this.#settings = settings;
    this.server = settings.server ?? defaultServerName();
    this.#components = components;
  }

  /** Those in force: what `reload` changes is changed here too, what needs a restart is not. */
  get settings(): Settings {
    return this.#settings;
  }

  /**
   * Opens the state directory, joins the fleet, and begins to poll. Throws `state-unusable`, `invalid-settings`,
   * `fleet-mismatch`, `store-refused`, and `store-unavailable` unless told to `waitForStore`: meanwhile the node can be
   * asked by `snapshot`, `status`, `metrics` and HTTP, and takes updates if it has a spool.
   */
  async start(options: StartOptions = {}): Promise<void> {
    if (this.#stopping) throw closedError('the node');
    this.#starting ??= this.#start(options);
    await this.#starting;
  }

  /**
   * Resolves when the update is durable: in the bucket, or with `spool.enabled` on this disk. Throws `invalid-update`
   * (nothing was written), `store-refused` (definitely not published), `closed` (stopped first: unknown). Waits while the
   * store is away.
   */
  async publish(update: NewUpdate, options?: PublishOptions): Promise<Published | Spooled> {
    return this.#opened.publish(update, options);
  }

  /**
   * The work on a URL for this server of the fleet alone, until it is released, or `undefined` while somebody has it. Advisory for
   * the work, a fencing token for what it writes: see docs/claims.md. Throws `store-unavailable`, `store-refused` (also where the
   * store does not honour conditional writes), `invalid-update` for what is no URL, `invalid-settings` for a bad `ttlMs`,
   * `closed`, and `corrupt`, `unknown-key` or `newer-format` where something in the bucket is no claim of this fleet.
   */
  async claim(url: string, options?: ClaimOptions): Promise<Claim | undefined> {
    const answer = await this.#running.claims.claim(url, options);
    return answer.status === 'taken' ? answer.claim : undefined;
  }

  /** Resolves once everything published so far is durable, and every poll of the bucket finds it. */
  async flush(): Promise<void> {
    await this.#running.publishing.flush();
  }

  /**
   * Resolves when the subscription exists; its updates come to `deliver` in order per writer and lane, one batch at a
   * time, or to the module that `handler` names, in threads of its own. Throws `invalid-settings` for a bad `from`, a name
   * that is in use, or a module that cannot be loaded, and then has changed nothing.
   */
  async subscribe(options: SubscribeOptions, deliver: Deliver): Promise<RunningSubscription>;
  async subscribe(options: HandlerSubscribeOptions): Promise<RunningSubscription>;
  async subscribe(
    options: SubscribeOptions | HandlerSubscribeOptions,
    deliver?: Deliver,
  ): Promise<RunningSubscription> {
    const node = this.#running;
    const handler = 'handler' in options ? options.handler : undefined;
    if ((handler === undefined) === (deliver === undefined)) {
      const given = handler === undefined ? 'neither' : 'both';
      throw new BucketcastError('invalid-settings', `expected either a function or a handler, got ${given}`);
    }
    if (deliver !== undefined) return node.subscribe(options, { deliver });
    return node.subscribeHandler(options as HandlerSubscribeOptions);
  }

  /**
   * The updates one by one. Asking for the next acknowledges the one before; leaving the loop stops the subscription,
   * and the update in hand then counts as not acknowledged.
   */
  updates(options: SubscribeOptions = {}): UpdateIterator {
    return this.#running.updates(options);
  }

  /**
   * The newest update of each URL, where `index.enabled`: by the node's state, also while the store is away. Throws
   * `invalid-settings` where it is not.
   */
  get state(): NodeState {
    return this.#opened.index;
  }

  /** A complete poll that begins after this call; rejects when it fails. */
  async pollNow(): Promise<PollResult> {
    return this.#running.coordinator.pollNow();
  }

  /** Resolves after a complete poll that found nothing, with everything delivered to every subscription. */
  async idle(): Promise<void> {
    return this.#running.idle();
  }

  /** The metrics in Prometheus' text format. */
  async metrics(): Promise<string> {
    return this.#opened.metrics();
  }

  /** What the node is doing just now: plain values. */
  snapshot(): NodeSnapshot {
    return this.#opened.snapshot();
  }

  /** What an operator wants to know: `bucketcast status` shows it, `/api/status` answers it. */
  status(): Status {
    return this.#opened.status();
  }

  /** Whether it can do its work just now: it is in its fleet, and its last poll of the store was complete. */
  readiness(): Readiness {
    return this.#opened.readiness();
  }

  /** The limits of this host just now. */
  limits(): Settings['limits'] {
    return this.#opened.limits();
  }

  /** Changes some of them at once, until the next `reload`. Throws `invalid-settings`, and then changes nothing. */
  limit(change: Partial<Settings['limits']>): Settings['limits'] {
    return this.#opened.limit(change);
  }

  /** Applies what can be applied of new settings while running, and says what it was and what needs a restart. */
  reload(settings: SettingsInput): SettingsChange {
    const next = checkSettings(settings);
    const change = compareSettings(this.#settings, next);
    if (this.#stopping) throw closedError('the node');
    const { limits, stop, log, encryption } = next;
    // What changes now has to go with what does not before the next start.
    const inForce = checkSettings({ ...this.#settings, limits, stop, log, encryption });
    this.#open?.reload(inForce);
    this.#settings = inForce;
    return change;
  }

  /** Takes nothing new, drains for `timeoutMs` (default `stop.timeoutMs`), then aborts. Idempotent. */
  stop({ timeoutMs }: { readonly timeoutMs: number } = this.settings.stop): Promise<void> {
    this.#stopping ??= this.#stop(timeoutMs);
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  get #opened(): OpenNode {
    if (!this.#open || this.#stopping)
      throw closedError(this.#stopping ? 'the node' : 'a node never started');
    return this.#open;
  }

  get #running(): RunningNode {
    return this.#opened.running;
  }

  async #start(options: StartOptions): Promise<void> {
    const open = await OpenNode.open(this, this.#components);
    this.#open = open;
    // They may have changed while it was opened.
    open.reload(this.#settings);
    try {
      await open.start({ ...options, signal: this.#stopped.signal });
    } catch (error) {
      this.#open = undefined;
      await open.stop(0);
      throw error;
    }
  }

  async #stop(timeoutMs: number): Promise<void> {
    this.#stopped.abort(closedError('the node'));
    await this.#starting?.catch(() => {});
    await this.#open?.stop(timeoutMs);
  }
}
