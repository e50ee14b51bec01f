import type { Clock } from '../../../src/base/clock.ts';
import { Emitter } from '../../../src/base/emitter.ts';
import { BucketcastError } from '../../../src/base/errors.ts';
import type { NodeEvents } from '../../../src/base/events.ts';
import { defaultSettings, type Settings } from '../../../src/config/settings.ts';
import { SnapshotWriter, type SnapshotWriterParts } from '../../../src/jobs/snapshot-writer.ts';
import { type FleetKeys, noKeys } from '../../../src/log/fleet-keys.ts';
import { hlcOf } from '../../../src/log/hybrid-clock.ts';
import { encodeRecord } from '../../../src/log/record.ts';
import { loadIndex } from '../../../src/snapshots/load-index.ts';
import { newestRow } from '../../../src/state/newest-row.ts';
import { openMemoryState } from '../../../src/state/open-state.ts';
import type { State } from '../../../src/state/state.ts';
import { MemoryStore } from '../../../src/store/memory-store.ts';
import type { ObjectStore } from '../../../src/store/object-store.ts';
import { settle } from '../../support/fake-clock.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

export const fleetId = 'f1'.repeat(16);
export const writer = `web-1~0011223344556677~${'ab'.repeat(16)}`;
export const indexName = '~index';
const epoch = 1_767_323_000_000;

/** A bucket, and indexes that are written to it and loaded from it; time moves only when told. */
export class SnapshotRig {
  now = epoch;
  readonly random = new SeededRandom(7);
  readonly clock: Clock = {
    now: () => this.now,
    monotonic: () => this.now,
    sleep: (_ms, signal) => settle().then(() => signal?.throwIfAborted()),
    after: () => () => {},
  };
  readonly bucket = new MemoryStore({ clock: this.clock });
  readonly events = new Emitter<NodeEvents>();
  readonly bad: string[] = [];
  readonly keys: FleetKeys;

  constructor(keys: FleetKeys = noKeys) {
    this.keys = keys;
    this.events.on('snapshot-bad', ({ snapshot }) => this.bad.push(snapshot));
  }

  /** With an index that has so many URLs, each with a content of this version. */
  index(urls: number, version: number): State {
    const state = this.state();
    state.createSubscription(indexName, 'earliest', [], this.now);
    this.publish(state, urls, version);
    return state;
  }

  state(): State {
    return openMemoryState(this);
  }

  publish(state: State, urls: number, version: number): void {
    const rows = Array.from({ length: urls }, (_, at) => {
      const stamp = { id: this.random.bytes(16), hlc: hlcOf(epoch + version) };
      const id = Buffer.from(stamp.id).toString('hex');
      const record = encodeRecord(
        { url: `u${at}`, ...(at % 5 === 4 ? { kind: 'delete' } : { content: { version } }) },
        { ...stamp, id },
      );
      const place = { writer, lane: 0, sequence: version, index: at };
      return newestRow(record, place, { storedAt: this.now, maxContentBytes: 1000 });
    });
    const positions = [{ writer, lane: 0, sequence: version + 1, index: 0 }];
    state.advance(indexName, { newest: rows, positions });
  }

  writer(
    state: State,
    settings: Partial<Settings['snapshots']> = {},
    parts: Partial<SnapshotWriterParts> = {},
  ): SnapshotWriter {
    return new SnapshotWriter({
      settings: { ...defaultSettings.snapshots, write: 'always', partUrls: 3, intervalMs: 1000, ...settings },
      store: this.bucket,
      fleet: { fleetId, keys: this.keys },
      state,
      clock: this.clock,
      random: this.random,
      events: this.events,
      server: 'web-1',
      reader: indexName,
      isBehind: () => false,
      ...parts,
    });
  }

  load(state: State, store: Pick<ObjectStore, 'list' | 'get'> = this.bucket): Promise<boolean> {
    const signal = new AbortController().signal;
    const fleet = { fleetId, keys: this.keys };
    const { events, clock } = this;
    return loadIndex({ store, fleet, state, events, clock, signal, reader: indexName, bytesAtOnce: 1000 });
  }

  /** Every URL with the version of its content, in order; `deleted` where it is. */
  static contents(state: State): Record<string, unknown> {
    const { rows } = state.newest.page(undefined, 10_000);
    const all = rows.map(({ url, kind, sequence }) => [
      url,
      kind === 'delete' ? `deleted ${sequence}` : sequence,
    ]);
    return Object.fromEntries(all.sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)));
  }

  async listed(): Promise<string[]> {
    const keys: string[] = [];
    for (const { key } of (await this.bucket.list('v1/snapshots/')).objects) keys.push(key);
    return keys;
  }
}

const calls = ['get', 'head', 'put', 'list', 'delete', 'deleteMany'] as const;

/** A store that is away from the n-th call on (from 0): that call may yet have been `done`. */
export function failingFrom(bucket: ObjectStore, n: number, done: boolean) {
  let count = 0;
  const store: Record<string, unknown> = { description: 'failing', close: () => Promise.resolve() };
  for (const call of calls) {
    store[call] = async (...args: unknown[]) => {
      const at = count;
      count += 1;
      const run = bucket[call].bind(bucket) as (...args: unknown[]) => Promise<unknown>;
      if (at < n) return run(...args);
      if (at === n && done) await run(...args);
      throw new BucketcastError('store-unavailable', `call ${at} (${call}) had no answer`);
    };
  }
  return { store: store as unknown as ObjectStore, calls: () => count };
}
