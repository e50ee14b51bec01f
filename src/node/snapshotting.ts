import { closedError } from '../base/errors.ts';
import { kindOf, RepeatedFailures } from '../base/repeated-failures.ts';
import type { Claims } from '../claims/claims.ts';
import { MINUTE, MiB } from '../config/units.ts';
import type { Coordinator } from '../coordinate/coordinator.ts';
import { type SnapshotsSnapshot, SnapshotWriter, type WriterClaim } from '../jobs/snapshot-writer.ts';
import type { Fleet } from '../log/tip-mac.ts';
import type { SnapshotReading } from '../snapshots/find-snapshots.ts';
import { loadIndex } from '../snapshots/load-index.ts';
import { TrimHold } from '../snapshots/trim-hold.ts';
import { indexName, indexStanding } from '../status/index-standing.ts';
import type { Foundation } from './foundation.ts';

/** The claim that whoever writes holds. */
const snapshotClaim = '~snapshot';

export interface SnapshottingParts {
  readonly fleet: Fleet;
  readonly claims: Pick<Claims, 'claim'>;
  readonly coordinator: () => Pick<Coordinator, 'snapshot'>;
}

/** What a node has to do with snapshots: it fills a new index from one, writes them, and holds retention back for them. */
export class Snapshotting {
  readonly #foundation: Foundation;
  readonly #parts: SnapshottingParts;
  readonly #writer: SnapshotWriter | undefined;
  readonly #hold: TrimHold | undefined;
  readonly #ended = new AbortController();

  constructor(foundation: Foundation, parts: SnapshottingParts) {
    const { settings, clock } = foundation;
    this.#foundation = foundation;
    this.#parts = parts;
    if (settings.snapshots.holdRetention) this.#hold = new TrimHold(this.#reading, clock);
    if (settings.snapshots.write !== 'never' && settings.index.enabled && settings.index.layout !== 'objects')
      this.#writer = new SnapshotWriter({
        ...foundation,
        ...parts,
        settings: settings.snapshots,
        reader: indexName,
        isBehind: () => this.#isBehind,
        claim: () => this.#claim(),
      });
  }

  /** @see TrimParts.floor */
  get floor(): TrimHold['floor'] | undefined {
    return this.#hold?.floor;
  }

  start(): void {
    this.#writer?.start();
  }

  /**
   * Fills the index from the newest snapshot, unless it has begun already; resolves when that is done, or there is none. While the
   * store does not answer it tries on. Throws `closed` when the node stops first.
   */
  async load(): Promise<void> {
    const { state, clock, settings, logger } = this.#foundation;
    const { signal } = this.#ended;
    const failures = new RepeatedFailures(clock);
    const bytesAtOnce = Math.max(16 * MiB, settings.limits.bytesInFlight / 2);
    while (settings.index.layout !== 'objects' && state.subscription(indexName) === undefined) {
      try {
        await loadIndex({ ...this.#foundation, ...this.#reading, reader: indexName, bytesAtOnce });
        return;
      } catch (error) {
        if (signal.aborted) throw closedError('the node', signal);
        const repetition = failures.failed('snapshot', kindOf(error));
        if (repetition)
          logger.warn({ err: error, ...repetition }, 'cannot load the index from a snapshot; trying again');
        await clock.sleep(settings.retry.baseMs, signal);
      }
    }
  }

  snapshot(): SnapshotsSnapshot | undefined {
    return this.#writer?.snapshot();
  }

  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#writer?.stop();
  }

  get #reading(): SnapshotReading {
    const { store, events } = this.#foundation;
    return { store, events, fleet: this.#parts.fleet, signal: this.#ended.signal };
  }

  get #isBehind(): boolean {
    const { state, settings } = this.#foundation;
    const readings = this.#parts.coordinator().snapshot().subscriptions;
    const own = readings.filter(({ name }) => name === indexName);
    return !indexStanding(state.newest.totals(), settings.index.maxUrls, own).current;
  }

  async #claim(): Promise<WriterClaim | undefined> {
    const options = { ttlMs: MINUTE, signal: this.#ended.signal };
    const answer = await this.#parts.claims.claim(snapshotClaim, options);
    return answer.status === 'taken' ? answer.claim : undefined;
  }
}
