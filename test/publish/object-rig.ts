import { silentLogger } from '../../src/base/logger.ts';
import { defaultSettings } from '../../src/config/settings.ts';
import { type ParsedObject, parseObject } from '../../src/log/object-format.ts';
import { readRecord } from '../../src/log/record.ts';
import { ObjectPublisher } from '../../src/publish/object-publisher.ts';
import type { Publisher } from '../../src/publish/publisher.ts';
import { UpdateEncoder } from '../../src/publish/update-encoder.ts';
import { listAll } from '../../src/store/list-all.ts';
import type { ObjectStore, PutOptions } from '../../src/store/object-store.ts';
import { Rig, type RigOptions } from './publisher-rig.ts';
import { ScriptedStore } from './scripted-store.ts';

export const prefix = 'feed-updates/';

export interface ObjectProcess {
  readonly publisher: ObjectPublisher;
  readonly inner: Publisher;
  readonly encoder: UpdateEncoder;
  /** Its ways to the log and to the objects. */
  readonly log: ScriptedStore;
  readonly objects: ScriptedStore;
}

/** A host whose updates are also written as objects, into the same bucket. */
export class ObjectRig extends Rig {
  /** A new process. */
  process(options: RigOptions & { readonly bucket?: ObjectStore } = {}): ObjectProcess {
    const { maxPendingBytes, ...publish } = { ...defaultSettings.publish, ...options.publish };
    const encoder = new UpdateEncoder(publish, this);
    // Compressing is done by threads, which no fake clock waits for.
    const way = this.publisher(
      { ...options, publish: { ...options.publish, compressFromBytes: 1 << 30 } },
      encoder,
    );
    const objects = new ScriptedStore(options.bucket ?? this.bucket);
    const retry = { attempts: 1, baseMs: 10, capMs: 100 };
    const publisher = new ObjectPublisher(
      { prefix, server: 'alpha', fleetId: 'f1'.repeat(16), retry, maxPendingBytes },
      {
        publisher: way.publisher,
        encoder,
        store: objects,
        clock: this.clock,
        random: this.random,
        logger: silentLogger,
      },
    );
    return { publisher, inner: way.publisher, encoder, log: way.store, objects };
  }

  /** A process that has heard the store. */
  started(options: RigOptions & { readonly bucket?: ObjectStore } = {}): ObjectProcess {
    const process = this.process(options);
    process.inner.observeStoreTime(this.clock.now());
    process.inner.start();
    return process;
  }

  async keys(): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of listAll(this.bucket, prefix)) keys.push(key);
    return keys;
  }

  /** The seconds in the keys, from the epoch of the clock. */
  async seconds(): Promise<number[]> {
    const epoch = Date.UTC(2026, 0, 1) / 1000;
    return (await this.keys())
      .map((key) => Number(/_(\d+)\.json$/.exec(key)?.[1]) - epoch)
      .sort((a, b) => a - b);
  }

  async objectAt(key: string): Promise<ParsedObject & { readonly data: unknown; readonly id: string }> {
    const found = await this.bucket.get(key);
    if (found.status !== 'found') throw new Error(`${key} should exist`);
    const facts = { key, digest: '0'.repeat(32), lastModified: found.lastModified, time: found.time, prefix };
    const parsed = parseObject(found.body, facts);
    const place = { writer: parsed.server, lane: 0, sequence: 0, index: 0 };
    const { data, id } = readRecord(parsed.record, place);
    return { ...parsed, data, id };
  }

  /** The metadata of all objects, in the order of their keys. */
  async found(): Promise<unknown[]> {
    const found: unknown[] = [];
    for (const key of await this.keys()) found.push((await this.objectAt(key)).data);
    return found;
  }
}

/** As some stores do: takes conditions for decoration. */
export function withoutConditions(store: ObjectStore): ObjectStore {
  return new Proxy(store, {
    get(target, name) {
      if (name === 'put')
        return (key: string, body: Uint8Array, { condition: _, ...options }: PutOptions = {}) =>
          target.put(key, body, options);
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
