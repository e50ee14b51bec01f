import { resolve as resolvePath } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { BucketcastError, closedError, isBucketcastError } from '../base/errors.ts';
import { randomHex, systemRandom } from '../base/random.ts';
import type { NewUpdate } from '../base/update.ts';
import { withoutSecrets } from '../base/url-error.ts';
import type { CompleteSettings } from '../config/load-settings.ts';
import { MiB, SECOND } from '../config/units.ts';
import type { Published, Spooled } from '../publish/published.ts';
import { parseStoreUrl } from '../store/store-url.ts';
import { GuestPublisher } from './guest-publisher.ts';
import { localNode } from './node-address.ts';
import { NodeClient } from './node-client.ts';
import { NodeDelivery, type NodeVerdict } from './node-delivery.ts';
import { type PublishEntry, publishBody } from './publish-entry.ts';
import type { Session } from './session.ts';

/** Lines and bytes of one request: as many as gather while the one before is under way. */
const maxLines = 10_000;
const maxBytes = 4 * MiB;
const probeTimeoutMs = 5 * SECOND;

/**
 * Publishes through the running node of the state directory: its writer, its spool, its limits. Requests go one after the other,
 * so that updates keep their order, each with a key under which the node takes it once however often it is sent. What
 * the node has certainly not taken, because it is stopping or gone, a guest publishes instead.
 */
export class NodePublisher {
  readonly #settings: CompleteSettings;
  readonly #session: Session;
  readonly #timeoutMs: number;
  readonly #invocation = randomHex(systemRandom, 16);
  #batches = 0;
  #waiting: PublishEntry[] = [];
  #sending: Promise<void> | undefined;
  #guest: Promise<GuestPublisher> | undefined;

  /**
   * Undefined where no node runs, or it serves no HTTP, or not to us, or is at work on another store than these settings
   * name: then somebody else has to publish.
   */
  static async open(
    settings: CompleteSettings,
    session: Session,
    timeoutMs: number,
  ): Promise<NodePublisher | undefined> {
    const address = localNode(settings);
    if (address === undefined) return undefined;
    try {
      const status = await new NodeClient(address, session.signal, probeTimeoutMs).status();
      const isOurs = status.server === settings.server && isSameStore(status.store.description, settings);
      return isOurs ? new NodePublisher(settings, session, timeoutMs) : undefined;
    } catch (error) {
      session.signal.throwIfAborted();
      if (isBucketcastError(error)) return undefined;
      throw error;
    }
  }

  private constructor(settings: CompleteSettings, session: Session, timeoutMs: number) {
    this.#settings = settings;
    this.#session = session;
    this.#timeoutMs = timeoutMs;
  }

  /** Throws as `GuestPublisher.publish` does, and `spool-full`. */
  publish(update: NewUpdate): Promise<Published | Spooled> {
    const { promise, resolve, reject } = Promise.withResolvers<Published | Spooled>();
    this.#waiting.push({ update, line: publishBody(update), resolve, reject });
    // What is published in the same turn goes in the same request.
    this.#sending ??= Promise.resolve()
      .then(() => this.#sendAll())
      .finally(() => {
        this.#sending = undefined;
      });
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sending;
    const guest = await this.#guest?.catch(() => undefined);
    await guest?.[Symbol.asyncDispose]();
  }

  /** Never rejects: each entry is told by itself. */
  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch();
      try {
        await this.#send(batch);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
  }

  #takeBatch(): readonly PublishEntry[] {
    let bytes = 0;
    const over = this.#waiting.findIndex(({ line }, index) => {
      bytes += line.length;
      return index > 0 && (bytes > maxBytes || index >= maxLines);
    });
    return this.#waiting.splice(0, over < 0 ? this.#waiting.length : over);
  }

  async #send(batch: readonly PublishEntry[]): Promise<void> {
    const { signal } = this.#session;
    if (signal.aborted) throw closedError('publishing', signal);
    this.#batches += 1;
    const delivery = new NodeDelivery(batch, {
      key: `bucketcast-cli-${this.#invocation}-${this.#batches}`,
      timeoutMs: this.#timeoutMs,
      clock: systemClock,
      signal,
      client: () => {
        const address = localNode(this.#settings);
        return address && new NodeClient(address, signal);
      },
    });
    const verdict: NodeVerdict = await delivery.run();
    if (verdict === 'not-taken') await this.#publishAsGuest(batch);
    if (verdict === 'late') throw this.#lateError();
  }

  async #publishAsGuest(batch: readonly PublishEntry[]): Promise<void> {
    this.#guest ??= GuestPublisher.open(this.#settings, this.#session, this.#timeoutMs);
    const guest = await this.#guest;
    // All at once: the guest keeps their order, and packs them into segments.
    await Promise.all(
      batch.map(({ update, resolve, reject }) => guest.publish(update).then(resolve, reject)),
    );
  }

  #lateError(): BucketcastError {
    return new BucketcastError(
      'store-unavailable',
      `the node has not taken the update in ${this.#timeoutMs / 1000} s`,
      {
        hint: 'Whether it was published is unknown. `bucketcast status` says how the node is; --timeout waits longer.',
      },
    );
  }
}

/** By their text: a bucket named in another way is taken for another one. */
function isSameStore(description: string, { store: { url } }: CompleteSettings): boolean {
  const location = parseStoreUrl(url);
  if (location.driver !== 'file') return location.driver === 's3' && description === withoutSecrets(url);
  return description === `file:${resolvePath(location.directory)}`;
}
