import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { defaultSettings } from '../../src/config/settings.ts';
import { InlineSegments } from '../../src/hints/inline-segments.ts';
import { type FleetKeys, noKeys } from '../../src/log/fleet-keys.ts';
import { segmentKey } from '../../src/log/keys.ts';
import { encodeSegment } from '../../src/log/segment-codec.ts';
import { InlineFetcher } from '../../src/pool/inline-fetcher.ts';
import { UpdateEncoder } from '../../src/publish/update-encoder.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { SeededRandom } from '../support/seeded-random.ts';

const fleetId = 'a'.repeat(32);
const writer = `web-1~${'0'.repeat(16)}~${'1'.repeat(32)}`;
const keys = { ring: [{ id: 'k1', secret: new Uint8Array(32).fill(7) }], active: 'k1', required: false };
const clock = new FakeClock();
const random = new SeededRandom(1);
const task = (sequence: number) => ({
  key: segmentKey({ writer, lane: 0 }, sequence),
  writer,
  lane: 0,
  sequence,
});

async function stored(sequence: number, by: FleetKeys) {
  const { record } = new UpdateEncoder(defaultSettings.publish, { clock, random }).encode({ url: 'u' });
  return encodeSegment({
    ...task(sequence),
    records: [record],
    fleetId,
    keys: by,
    random,
    compressFromBytes: 1000,
  });
}

function fetcher() {
  const inline = new InlineSegments({ maxBytes: 10_000, maxAgeMs: 1000 }, clock);
  const asked: string[] = [];
  const seen: string[] = [];
  const bucket = {
    fetch: async ({ key }: { readonly key: string }) => {
      asked.push(key);
      return { status: 'missing', time: 1 } as const;
    },
  };
  const parts = { inline, fleetId, keys, maxSegmentBytes: 1000, storeTime: () => 42 };
  const fetch = new InlineFetcher(bucket, { ...parts, observe: (what) => void seen.push(what) });
  return { inline, asked, seen, fetch };
}

describe('a segment that came inside a hint', () => {
  it('is decoded as one that was fetched, for each that asks, with the time of the store', async () => {
    const { inline, asked, seen, fetch } = fetcher();
    inline.keep(task(0).key, await stored(0, keys));
    for (let times = 0; times < 2; times += 1) {
      const outcome = await fetch.fetch(task(0));
      assert.equal(outcome.status === 'fetched' && outcome.segment.header.count, 1);
      assert.equal(outcome.time, 42);
    }
    assert.deepEqual([asked, seen], [[], ['served', 'served']]);
  });

  it('is fetched from the bucket, and kept no longer, unless a seal for just this place verifies', async () => {
    const strange = { ...keys, ring: [{ id: 'k1', secret: new Uint8Array(32) }] };
    for (const bytes of [
      await stored(0, noKeys),
      await stored(1, keys),
      await stored(0, strange),
      (await stored(0, keys)).subarray(0, 90),
      Buffer.from('nothing'),
    ]) {
      const { inline, asked, seen, fetch } = fetcher();
      inline.keep(task(0).key, bytes);
      assert.equal((await fetch.fetch(task(0))).status, 'missing');
      assert.deepEqual([asked, seen, inline.bytes], [[task(0).key], ['refused'], 0]);
    }
  });
});
