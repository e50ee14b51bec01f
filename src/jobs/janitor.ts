import type { Clock } from '../base/clock.ts';
import { BucketcastError, isBucketcastError } from '../base/errors.ts';
import type { NodeEmitter } from '../base/events.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';
import type { TipsListing } from '../coordinate/discovery.ts';
import type { FleetKeys } from '../log/fleet-keys.ts';
import { markerKey, parkedKey } from '../log/keys.ts';
import { maxBatchEntries, type ParkedEntry } from '../log/parked-batch.ts';
import { deleteKeys } from '../publish/delete-keys.ts';
import { joinAllEntries } from '../publish/parked-entries.ts';
import { extendAll, type ParkCandidate, type ParkingParts, parkExtended } from '../publish/parking.ts';
import type { TrimParts } from '../publish/trim-lane.ts';
import { writeBatch } from '../publish/write-batch.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { isForgettable, type KnownBatch, planMerge } from './merge-plan.ts';
import { ParkedTrim, type TrimmedEntry } from './parked-trim.ts';
import { entriesFrom, ParkedView } from './parked-view.ts';
import { nothingWatched, type QuietState, watchTips } from './quiet.ts';

export interface JanitorSettings {
  readonly janitor: Settings['janitor'];
  readonly retention: Settings['retention'];
  readonly fleetId: string;
  readonly keys: FleetKeys;
}

export interface JanitorComponents {
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: Pick<NodeEmitter, 'emit'>;
  readonly logger: Logger;
  /** @see TrimParts.floor */
  readonly floor?: TrimParts['floor'];
  /** The coordinator: its polls show which tips move, so that an idle janitor asks for nothing. */
  readonly tips: { onTips(listener: (listing: TipsListing) => void): () => void };
}

/**
 * Keeps the bucket short: parks writers that went quiet, trims the lanes of parked ones, merges batches. Any number
 * of janitors may do so at once; they only repeat each other's work, because
 *
 * - every key that they write is new and says something true, and readers join what they find by max;
 * - what they delete, they delete by its exact key, and only when something that says as much is acknowledged.
 *
 * One that the store refuses (a key that may only read) says once what it lacks, and rests for `intervalMs` each time.
 */
export class Janitor {
  readonly #settings: JanitorSettings;
  readonly #components: JanitorComponents;
  readonly #ended = new AbortController();
  readonly #parking: ParkingParts;
  readonly #view: ParkedView;
  readonly #trim: ParkedTrim;
  #quiet: QuietState = nothingWatched;
  /** One piece of work at a time. */
  #work: Promise<unknown> = Promise.resolve();
  #isParking = false;
  /** Monotonic: since the store refused, nothing is parked before this. */
  #restsUntil = 0;
  #isRefused = false;
  #unlisten: (() => void) | undefined;

  constructor(settings: JanitorSettings, components: JanitorComponents) {
    this.#settings = settings;
    this.#components = components;
    const fleet = { fleetId: settings.fleetId, keys: settings.keys };
    this.#parking = { ...components, fleet, signal: this.#ended.signal };
    this.#view = new ParkedView({
      ...this.#parking,
      store: components.store,
      onUnreadable: (batch, error) =>
        components.logger.warn(
          { err: error, key: parkedKey(batch) },
          'a parked batch cannot be read; left alone',
        ),
    });
    this.#trim = new ParkedTrim({ ...this.#parking, ...components, maxAgeMs: settings.retention.maxAgeMs });
  }

  start(): void {
    if (this.#unlisten || this.#ended.signal.aborted) return;
    this.#unlisten = this.#components.tips.onTips((listing) => this.#observe(listing));
    void this.#rounds();
  }

  /** Idempotent; what is under way is aborted, and done again by whoever comes next. */
  stop(): void {
    this.#unlisten?.();
    this.#ended.abort();
  }

  /** Trims parked lanes and merges batches. Throws when the store is in trouble; nothing is broken by that. */
  async runOnce(): Promise<void> {
    await this.#exclusively(() => this.#round());
  }

  #observe(listing: TipsListing): void {
    const { clock, random } = this.#components;
    const { quietMs } = this.#settings.janitor;
    const seen = { ...listing, endedAt: clock.monotonic() };
    const { state, park, litter } = watchTips(this.#quiet, seen, { quietMs, random });
    this.#quiet = state;
    if (this.#isParking || seen.endedAt < this.#restsUntil) return;
    if (park.length === 0 && litter.length === 0) return;
    this.#isParking = true;
    this.#exclusively(() => this.#park(park, litter))
      .then(() => {
        this.#isRefused = false;
      })
      .catch((error: unknown) => this.#trouble('parking quiet writers', error))
      .finally(() => {
        this.#isParking = false;
      });
  }

  async #park(candidates: readonly ParkCandidate[], litter: readonly string[]): Promise<void> {
    const { store } = this.#components;
    const { signal } = this.#ended;
    const left = [...(await deleteKeys(litter, { store, signal }))];
    if (candidates.length > 0)
      left.push(...(await parkExtended(await extendAll(candidates, this.#parking), this.#parking)));
    // A tip that is still listed is watched anew.
    const parked = new Set(candidates.map(({ writer }) => writer));
    const writers = new Map([...this.#quiet.writers].filter(([writer]) => !parked.has(writer)));
    this.#quiet = { ...this.#quiet, writers };
    // Else they would be parked again and again, each time by another batch.
    if (left.length > 0) throw notDeleted(left);
  }

  async #rounds(): Promise<void> {
    const { clock, random } = this.#components;
    while (!this.#ended.signal.aborted) {
      try {
        await clock.sleep(this.#settings.janitor.intervalMs * (0.5 + random.float()), this.#ended.signal);
        await this.runOnce();
      } catch (error) {
        this.#trouble('looking after parked lanes', error);
      }
    }
  }

  async #round(): Promise<void> {
    const { batches, time } = await this.#view.refresh();
    const { marginMs } = this.#settings.retention;
    const { forgetAfterMs } = this.#settings.janitor;
    const joined = joinAllEntries(entriesFrom(batches, 0));
    this.#trim.keep(new Set(joined.keys()));
    const stood = joinAllEntries(entriesFrom(batches, marginMs));
    for (const entry of stood.values()) await this.#trim.sweep(entry);
    const trimmed: TrimmedEntry[] = [];
    for (const entry of joined.values()) {
      if (isForgettable(entry, { time, forgetAfterMs })) continue;
      const plan = await this.#trim.plan(entry, time, stood.get(entry.writer));
      if (plan) trimmed.push(plan);
    }
    const written = await this.#announce(trimmed);
    await this.#merge([...batches, ...written], time);
  }

  /** Raised `oldest`s, in batches of their own; whoever comes after the margin deletes. */
  async #announce(trimmed: readonly TrimmedEntry[]): Promise<KnownBatch[]> {
    const written: KnownBatch[] = [];
    for (let at = 0; at < trimmed.length; at += maxBatchEntries) {
      const some = trimmed.slice(at, at + maxBatchEntries);
      const entries: ParkedEntry[] = some.map(({ entry }) => entry);
      written.push({ batch: await writeBatch(entries, this.#parking), ageMs: 0, entries });
      for (const { entry, ranges } of some) {
        for (const range of ranges)
          this.#components.events.emit('trimmed', { writer: entry.writer, ...range });
      }
    }
    return written;
  }

  async #merge(batches: readonly KnownBatch[], time: number): Promise<void> {
    const { janitor, retention } = this.#settings;
    const { store, events } = this.#components;
    const { drop, merge, write } = planMerge(batches, { ...janitor, ...retention, time });
    for (const entries of write) {
      const batch = await writeBatch(entries, this.#parking);
      events.emit('merged', { batch, batches: merge });
    }
    if (drop.length === 0) return;
    const { signal } = this.#ended;
    // Markers first: nobody is sent to a batch that is gone, but for those whose LIST lags; they find the newer one.
    const failed = new Set(await deleteKeys(drop.map(markerKey), { store, signal }));
    const gone = drop.filter((batch) => !failed.has(markerKey(batch)));
    await deleteKeys(gone.map(parkedKey), { store, signal });
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => {});
    return done;
  }

  #trouble(what: string, error: unknown): void {
    if (this.#ended.signal.aborted) return;
    const { logger, clock } = this.#components;
    if (!isBucketcastError(error, 'store-refused')) {
      logger.warn({ err: error }, `${what} failed; it is tried again later`);
      return;
    }
    this.#restsUntil = clock.monotonic() + this.#settings.janitor.intervalMs;
    if (this.#isRefused) return;
    this.#isRefused = true;
    logger.warn({ error: error.message, hint }, `${what}: the store refuses what a janitor does`);
  }
}

const hint =
  'Set janitor.enabled to false here and leave it to another node of the fleet, or allow this key s3:PutObject on v1/parked/* and v1/tips/~/*, and s3:DeleteObject on v1/tips/*, v1/parked/* and v1/log/* (docs/security.md).';

function notDeleted(keys: readonly string[]): BucketcastError {
  return new BucketcastError('store-refused', `${keys.length} tips could not be deleted, first ${keys[0]}`, {
    details: { keys: keys.length, key: keys[0] },
  });
}
