import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAll } from './bucket-reader.ts';
import { killAt } from './promises-kept.ts';
import { SpoolRig } from './spool-rig.ts';

const options = {
  publish: {
    maxSegmentUpdates: 2,
    segmentsInFlight: 3,
    lanes: 2,
    tipIntervalMs: 100,
    maxPendingBytes: 11_000,
  },
};
const urls = ['https://example.com/a', 'https://example.com/b'] as const;
const never = Number.POSITIVE_INFINITY;

interface Death {
  /** At which call of the store, or at which commit. */
  readonly part: 'store' | 'disk';
  readonly at: number;
  readonly carriedOut: boolean;
}

/** One life: bursts of updates, a part of them before the bucket answers, until it is killed. */
async function live(
  rig: SpoolRig,
  { part, at, carriedOut }: Death,
  promised: Set<number>,
  from: number,
): Promise<{ store: number; disk: number }> {
  const { spool, store, join, publisher, disk } = rig.process(options);
  if (part === 'store') store.script = killAt(at, carriedOut);
  else disk.death = { at, carriedOut };
  for (let burst = 0; burst < 3; burst += 1) {
    for (let n = 0; n < 4; n += 1) {
      const data = from + burst * 4 + n;
      void spool.publish({ url: urls[n % 2] as string, data }).then(
        () => promised.add(data),
        () => {},
      );
    }
    await rig.clock.advance(1 + burst);
    if (burst === 1) join();
    await rig.clock.advance(120);
  }
  const calls = { store: store.calls.length, disk: disk.commits };
  // As a kill: nothing of it runs on, and the disk keeps what it has.
  disk.death = { at: 0, carriedOut: false };
  store.script = () => 'hang';
  void publisher.stop({ timeoutMs: 0 });
  await rig.clock.advance(1);
  return calls;
}

/** Everything promised is there, at least once, and what comes first of each URL comes in order. */
async function check(rig: SpoolRig, promised: ReadonlySet<number>, circumstances: string): Promise<number> {
  const read = await readAll(rig.bucket);
  const seen = new Set(read.map(({ data }) => Number(data)));
  for (const data of promised) assert.ok(seen.has(data), `${circumstances}: ${data} is lost`);
  const byHlc = read.toSorted((a, b) => (a.hlc < b.hlc ? -1 : 1));
  const last = new Map<string, number>();
  for (const { url, data } of byHlc) {
    assert.ok(
      Number(data) >= (last.get(url) ?? -1),
      `${circumstances}: ${Number(data)} of ${url} is out of order`,
    );
    last.set(url, Number(data));
  }
  const lanes = Map.groupBy(read, ({ writer, lane }) => `${writer}/${lane}`);
  for (const [lane, updates] of lanes) {
    const order = updates.map(({ data }) => Number(data));
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
      `${circumstances}: ${lane} is out of order`,
    );
  }
  assert.equal(rig.table.totals().updates, 0, `${circumstances}: something is left`);
  return read.length - seen.size;
}

async function run(first: Death, second: Death): Promise<{ store: number; disk: number; repeats: number }> {
  const rig = new SpoolRig();
  const promised = new Set<number>();
  const calls = await live(rig, first, promised, 0);
  await live(rig, second, promised, 100);
  const { join, publisher } = rig.process(options);
  join();
  await rig.clock.advance(3000);
  await publisher.stop({ timeoutMs: 1000 });
  return { ...calls, repeats: await check(rig, promised, JSON.stringify([first, second])) };
}

for (const part of ['store', 'disk'] as const) {
  for (const carriedOut of [false, true]) {
    test(`a process killed at any two steps of its ${part} loses nothing that was spooled, and keeps its order; the steps ${carriedOut ? 'were' : 'were not'} carried out`, async () => {
      const calls = await run({ part, at: never, carriedOut }, { part, at: never, carriedOut });
      assert.equal(calls.repeats, 0);
      assert.ok(calls[part] >= 6, JSON.stringify(calls));
      let repeats = 0;
      for (let first = 1; first <= calls[part]; first += 1) {
        for (let second = 1; second <= 7; second += 1)
          repeats += (await run({ part, at: first, carriedOut }, { part, at: second, carriedOut })).repeats;
      }
      assert.ok(part === 'store' || repeats > 0, 'what could not be deleted comes again');
    });
  }
}
