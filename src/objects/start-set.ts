import type { StartPoint } from '../coordinate/start-vector.ts';
import type { ObjectsPage } from '../log/object-reader.ts';
import { versionDigestBytes } from '../log/version-digest.ts';
import type { State } from '../state/state.ts';
import { byFirstByte } from './by-first-byte.ts';
import type { ListingReader } from './listing-reader.ts';

export interface NewObjectSubscription {
  readonly name: string;
  readonly from: string;
  readonly start: StartPoint;
  wants(key: string): boolean;
}

/** Digests saved at once: a few milliseconds. */
const savedAtOnce = 4000;

/**
 * Makes a subscription: what a complete listing has from before its start counts as seen. That is saved piece by piece, and
 * the subscription exists with the last of it; a process that dies before begins again. Until it is saved it is in memory,
 * 16 bytes a key, for it is saved in order.
 */
export class StartSet implements ListingReader {
  readonly #subscription: NewObjectSubscription;
  readonly #state: State;
  readonly #reader: number;
  readonly #made = Promise.withResolvers<void>();
  readonly #pause: () => Promise<void>;
  #pages: Uint8Array[] = [];

  /** `pause` lets everything else of the process have its turn. */
  constructor(subscription: NewObjectSubscription, state: State, pause: () => Promise<void>) {
    this.#subscription = subscription;
    this.#state = state;
    this.#pause = pause;
    this.#reader = state.objects.begin();
  }

  /** Whether it takes a listing to know it. */
  get isOpen(): boolean {
    return this.#subscription.start.type !== 'earliest';
  }

  /** Resolves when the subscription exists; rejects when the state cannot keep it. */
  async make(): Promise<void> {
    if (!this.isOpen) await this.endListing(0);
    await this.#made.promise;
  }

  beginListing(): void {
    this.#pages = [];
  }

  hear(page: ObjectsPage): number {
    const seen = page.keys.flatMap((key, index) => {
      if (!this.#subscription.wants(key) || !this.#isBefore(page.lastModified[index] as number)) return [];
      const at = index * versionDigestBytes;
      return [page.digests.subarray(at, at + versionDigestBytes)];
    });
    if (seen.length > 0) this.#pages.push(Buffer.concat(seen));
    return 0;
  }

  async endListing(time: number): Promise<void> {
    const { name, from } = this.#subscription;
    const { objects } = this.#state;
    const step = savedAtOnce * versionDigestBytes;
    try {
      const seen = byFirstByte(this.#pages.splice(0));
      for (let at = 0; at < seen.length; at += step) {
        objects.addSeen(this.#reader, seen.subarray(at, at + step));
        await this.#pause();
      }
      this.#state.createObjectSubscription(name, from, this.#reader, time);
      this.#made.resolve();
    } catch (error) {
      this.#made.reject(error);
    }
  }

  #isBefore(lastModified: number): boolean {
    const { start } = this.#subscription;
    return start.type === 'time' ? lastModified < start.time : start.type === 'latest';
  }
}
