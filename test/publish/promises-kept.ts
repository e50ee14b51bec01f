import assert from 'node:assert/strict';
import type { Published } from '../../src/publish/published.ts';
import type { Publisher } from '../../src/publish/publisher.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { readAll } from './bucket-reader.ts';
import type { Rig } from './publisher-rig.ts';
import type { Call, Fate, ScriptedStore } from './scripted-store.ts';

const urls = ['https://example.com/a', 'https://example.com/b'] as const;

/** What publish() has answered for; `data` of each update is its place in the order of the calls. */
export type Promised = Map<number, Published>;

/** Lets everything pass up to the `killAt`-th call, which is carried out or not; after it nothing is answered. */
export function killAt(number: number, carriedOut: boolean): (call: Call) => Fate {
  return (call) => {
    if (call.number < number) return 'pass';
    return call.number === number && carriedOut ? 'lose-reply' : 'hang';
  };
}

/** One life of a process: bursts of updates until it is killed or has published all. Returns its calls of the store. */
export async function live(
  rig: Rig,
  { publisher, store }: { publisher: Publisher; store: ScriptedStore },
  script: (call: Call) => Fate,
  promised: Promised,
  from = 0,
): Promise<number> {
  store.script = script;
  publisher.start();
  for (let burst = 0; burst < 3; burst += 1) {
    for (let n = 0; n < 5; n += 1) {
      const data = from + burst * 5 + n;
      publisher.publish({ url: urls[n % 2] as string, data }).then(
        (published) => promised.set(data, published),
        () => {},
      );
    }
    await rig.clock.advance(150);
  }
  const calls = store.calls.length;
  const stopped = publisher.stop({ timeoutMs: 0 });
  await rig.clock.advance(1);
  await stopped;
  return calls;
}

/** A reader that begins now finds all that was promised, where it was promised, and each lane in order. */
export async function checkPromises(
  bucket: ObjectStore,
  promised: Promised,
  circumstances: string,
): Promise<void> {
  const read = await readAll(bucket);
  const places = new Map(
    read.map(({ data, id, writer, lane, sequence }) => [data, { id, writer, lane, sequence }]),
  );
  for (const [data, { id, writer, lane, sequence }] of promised) {
    const place = { id, writer, lane, sequence };
    assert.deepEqual(places.get(data), place, `${circumstances}: ${data} is not where it was promised`);
  }
  const last = new Map<string, number>();
  for (const { writer, lane, data: value } of read) {
    const data = Number(value);
    const key = `${writer}/${lane}`;
    assert.ok(data > (last.get(key) ?? -1), `${circumstances}: ${data} is out of order in ${key}`);
    last.set(key, data);
  }
}
