import type { StartPoint } from '../coordinate/start-vector.ts';
import type { ObjectsPage } from '../log/object-reader.ts';
import { versionDigestBytes } from '../log/version-digest.ts';
import type { State } from '../state/state.ts';
import type { ListingReader } from './listing-reader.ts';

export interface NewObjectSubscription {
  readonly name: string;
  readonly from: string;
  readonly start: StartPoint;
  wants(key: string): boolean;
}

/**
 * Makes a subscription: what a complete listing has from before its start counts as seen. That is saved page by page, and
 * the subscription exists with the last of it; a process that dies before begins again.
 */
export class StartSet implements ListingReader {
  readonly #subscription: NewObjectSubscription;
  readonly #state: State;
  readonly #reader: number;
  readonly #made = Promise.withResolvers<void>();
  #failed = false;

  constructor(subscription: NewObjectSubscription, state: State) {
    this.#subscription = subscription;
    this.#state = state;
    this.#reader = state.objects.begin();
  }

  /** Whether it takes a listing to know it. */
  get isOpen(): boolean {
    return this.#subscription.start.type !== 'earliest';
  }

  /** Resolves when the subscription exists; rejects when the state cannot keep it. */
  async make(): Promise<void> {
    if (!this.isOpen) this.#make(0);
    await this.#made.promise;
  }

  beginListing(): void {}

  hear(page: ObjectsPage): number {
    if (this.#failed) return 0;
    const seen = page.keys.flatMap((key, index) => {
      if (!this.#subscription.wants(key) || !this.#isBefore(page.lastModified[index] as number)) return [];
      const at = index * versionDigestBytes;
      return [page.digests.subarray(at, at + versionDigestBytes)];
    });
    if (seen.length > 0) this.#trying(() => this.#state.objects.addSeen(this.#reader, Buffer.concat(seen)));
    return 0;
  }

  async endListing(time: number): Promise<void> {
    if (!this.#failed) this.#make(time);
  }

  #isBefore(lastModified: number): boolean {
    const { start } = this.#subscription;
    return start.type === 'time' ? lastModified < start.time : start.type === 'latest';
  }

  #make(time: number): void {
    const { name, from } = this.#subscription;
    this.#trying(() => {
      this.#state.createObjectSubscription(name, from, this.#reader, time);
      this.#made.resolve();
    });
  }

  #trying(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#failed = true;
      this.#made.reject(error);
    }
  }
}
