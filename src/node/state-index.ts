import { BucketcastError } from '../base/errors.ts';
import type { Settings } from '../config/settings.ts';
import { SECOND } from '../config/units.ts';
import { NewestSink } from '../coordinate/newest-sink.ts';
import { type FeedState, feedState } from '../status/feed-state.ts';
import { type IndexLoading, type IndexStanding, indexName, indexStanding } from '../status/index-standing.ts';
import type { NodeSnapshot } from '../status/node-snapshot.ts';
import type { Foundation } from './foundation.ts';
import type { RunningNode } from './running-node.ts';

/** URLs that are forgotten in one transaction. */
const forgottenAtOnce = 1000;
const maxBatch = 1000;

/**
 * The newest update of every URL, kept by a subscription of its own. It answers also while the store is away, and before the fleet is
 * joined: with what the state directory holds.
 */
export class StateIndex {
  readonly #foundation: Foundation;
  readonly #settings: Settings['index'];
  #node: RunningNode | undefined;
  #begun = false;
  #loading: IndexLoading | undefined;
  #seen: { readonly at: number; readonly standing: IndexStanding } | undefined;

  constructor(foundation: Foundation) {
    this.#foundation = foundation;
    this.#settings = foundation.settings.index;
  }

  get isEnabled(): boolean {
    return this.#settings.enabled;
  }

  get usesObjects(): boolean {
    return this.#settings.enabled && this.#settings.layout !== 'log';
  }

  /** Throws `invalid-settings` while the index is off. */
  get(url: string): FeedState | undefined {
    this.#throwIfOff();
    const row = this.#hasBegun ? this.#foundation.state.newest.find(url) : undefined;
    return row && feedState(row, this.#now);
  }

  /** At most a second old, for it takes a look at every lane. Throws `invalid-settings` while the index is off. */
  standing(): IndexStanding {
    this.#throwIfOff();
    const now = this.#foundation.clock.monotonic();
    if (this.#seen === undefined || now - this.#seen.at >= SECOND)
      this.#seen = { at: now, standing: this.standingOf(this.#node?.snapshot()) };
    return this.#seen.standing;
  }

  /** As the snapshot has it. */
  standingOf(snapshot: Pick<NodeSnapshot, 'reading' | 'objects'> | undefined): IndexStanding {
    const { state } = this.#foundation;
    const subscriptions = [
      ...(snapshot?.reading?.subscriptions ?? []),
      ...(snapshot?.objects?.subscriptions ?? []),
    ];
    const readings = subscriptions.filter(
      ({ name }) => name === indexName || name === `${indexName}/objects`,
    );
    const polls = [snapshot?.reading, snapshot?.objects].flatMap((side) => (side ? [side.poll] : []));
    const loading = this.#loading;
    return {
      ...indexStanding(state.newest.totals(), this.#settings.maxUrls, readings, polls),
      ...(loading && { loading }),
    };
  }

  /** Resolves when the subscription exists, or at once while the index is off. */
  async start(node: RunningNode): Promise<void> {
    if (!this.isEnabled) return;
    const { layout, maxContentBytes } = this.#settings;
    const sink = new NewestSink({
      maxContentBytes,
      storeTime: () => node.coordinator.storeTime,
      committed: () => this.#forget(),
    });
    const options = {
      name: indexName,
      from: 'earliest',
      includeOwn: true,
      layout,
      maxBatch,
      alongside: sink,
    };
    await this.#load(node);
    await node.subscribeInner(options, { deliver: sink.deliver });
    this.#node = node;
  }

  async #load({ snapshots }: RunningNode): Promise<void> {
    const forget = this.#foundation.events.on('snapshot-read', ({ reader, urls, of }) => {
      if (reader === indexName) this.#loading = { urls, of };
    });
    try {
      await snapshots.load();
    } finally {
      forget();
      this.#loading = undefined;
    }
  }

  /** Before, what a snapshot brings is there in part. */
  get #hasBegun(): boolean {
    const { state } = this.#foundation;
    this.#begun ||= [indexName, `${indexName}/objects`].some(
      (name) => state.subscription(name) !== undefined,
    );
    return this.#begun;
  }

  get #now(): number {
    return this.#node?.coordinator.storeTime ?? this.#foundation.clock.now();
  }

  /** A little more at a time than can have come, so that it also gets back to a lower `maxUrls`. */
  #forget(): void {
    const { newest } = this.#foundation.state;
    const excess = newest.totals().urls - this.#settings.maxUrls;
    for (let left = Math.min(excess, 10 * maxBatch); left > 0; left -= forgottenAtOnce)
      newest.forgetOldest(Math.min(left, forgottenAtOnce));
  }

  #throwIfOff(): void {
    if (this.isEnabled) return;
    throw new BucketcastError(
      'invalid-settings',
      'this node keeps no index of URLs: index.enabled is false',
      {
        hint: 'Set `index.enabled: true` in its settings and restart it; the index is then made from what the bucket holds.',
      },
    );
  }
}
