import { randomHex } from '../../src/base/random.ts';
import type { NewUpdate } from '../../src/base/update.ts';
import type { FleetKeys } from '../../src/log/fleet-keys.ts';
import {
  type LaneReach,
  markerKey,
  parkedKey,
  segmentKey,
  type Tip,
  tipKey,
  tipsOfWriterPrefix,
  writerName,
} from '../../src/log/keys.ts';
import { encodeBatch } from '../../src/log/parked-batch.ts';
import { encodeRecord } from '../../src/log/record.ts';
import { encodeSegment } from '../../src/log/segment-codec.ts';
import { signTip } from '../../src/log/tip-mac.ts';
import { listAll } from '../../src/store/list-all.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';
import type { SeededRandom } from '../support/seeded-random.ts';

/** Writes what publishers and janitors leave in a bucket. */
export class FleetLog {
  readonly fleetId = 'f'.repeat(32);
  readonly #store: ObjectStore;
  readonly #random: SeededRandom;
  readonly #keys: FleetKeys;
  readonly #names = new Map<string, string>();
  readonly #revs = new Map<string, number>();

  constructor(store: ObjectStore, random: SeededRandom, keys: FleetKeys) {
    this.#store = store;
    this.#random = random;
    this.#keys = keys;
  }

  /** A writer of `server`; `hostId` is 16 hex digits. */
  writer(name: string, { server = name, hostId = randomHex(this.#random, 8) } = {}): string {
    const writer = writerName({ server, hostId, incarnation: randomHex(this.#random, 16) });
    this.#names.set(writer, name);
    return writer;
  }

  nameOf(writer: string): string {
    return this.#names.get(writer) ?? writer;
  }

  /** One segment with an update for each URL; none makes a tombstone. */
  async segment(
    writer: string,
    sequence: number,
    names: readonly string[],
    options: SegmentOptions = {},
  ): Promise<string> {
    const { lane = 0, keys = this.#keys, content, time = 16 } = options;
    const key = segmentKey({ writer, lane }, sequence);
    const records = names.map((url) => {
      const update: NewUpdate = content === undefined ? { url } : { url, content };
      const record = encodeRecord(update, { id: randomHex(this.#random, 16), hlc: BigInt(time) << 16n });
      if (options.badJson) record[record.length - 1] = 0x40;
      return record;
    });
    const body = await encodeSegment({
      key,
      writer,
      lane,
      sequence,
      records,
      tombstone: names.length === 0,
      fleetId: this.fleetId,
      keys,
      random: this.#random,
      compressFromBytes: 1 << 30,
    });
    await this.#store.put(key, options.damage ? options.damage(body) : body);
    return key;
  }

  /** Segments `[from, to)` of one update each, with URLs `<name>/<sequence>`. */
  async segments(writer: string, from: number, to: number): Promise<void> {
    for (let at = from; at < to; at += 1) await this.segment(writer, at, [`${this.nameOf(writer)}/${at}`]);
  }

  /** A newer tip in the place of the older. */
  async tip(writer: string, ...lanes: LaneReach[]): Promise<string> {
    const rev = (this.#revs.get(writer) ?? 0) + 1;
    this.#revs.set(writer, rev);
    const tip: Tip = signTip({ writer, rev, lanes }, { fleetId: this.fleetId, keys: this.#keys });
    const older = await this.#tipsOf(writer);
    await this.#store.put(tipKey(tip), new Uint8Array());
    await this.#store.deleteMany(older);
    return tipKey(tip);
  }

  /** Segments `[from, to)` as above, and the tip that says so. */
  async publish(writer: string, to: number, from = 0): Promise<void> {
    await this.segments(writer, from, to);
    await this.tip(writer, { next: to, oldest: 0 });
  }

  async trim(writer: string, from: number, to: number): Promise<void> {
    for (let at = from; at < to; at += 1) await this.#store.delete(segmentKey({ writer, lane: 0 }, at));
  }

  /** Parks writers in a batch, and takes their tips away. */
  async park(writers: Readonly<Record<string, LaneReach>>): Promise<string> {
    const batch = randomHex(this.#random, 16);
    const entries = Object.entries(writers).map(([writer, reach]) => ({
      writer,
      lanes: [reach],
      parkedAt: 0,
    }));
    const body = encodeBatch(entries, batch, { fleetId: this.fleetId, keys: this.#keys });
    await this.#store.put(parkedKey(batch), body);
    await this.#store.put(markerKey(batch), new Uint8Array());
    for (const writer of Object.keys(writers)) {
      await this.#store.deleteMany(await this.#tipsOf(writer));
    }
    return batch;
  }

  async #tipsOf(writer: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of listAll(this.#store, tipsOfWriterPrefix(writer))) keys.push(key);
    return keys;
  }
}

export interface SegmentOptions {
  readonly lane?: number;
  readonly keys?: FleetKeys;
  /** Of its updates, ms since the epoch. */
  readonly time?: number;
  readonly content?: NonNullable<NewUpdate['content']>;
  /** Spoils the last byte of each update's content, as no writer does. */
  readonly badJson?: boolean;
  /** What is stored instead. */
  readonly damage?: (body: Uint8Array) => Uint8Array;
}

/** `<name>/<from>` … `<name>/<to - 1>`, as `segments` names them. */
export function urls(name: string, from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, at) => `${name}/${from + at}`);
}
