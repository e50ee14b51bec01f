import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStart, startVector } from '../../src/coordinate/start-vector.ts';
import { segmentKey } from '../../src/log/keys.ts';
import type { ListOptions, ListPage } from '../../src/store/object-store.ts';
import { SeededRandom } from '../support/seeded-random.ts';

const id = { writer: `a~${'0'.repeat(16)}~${'0'.repeat(32)}`, lane: 0 };
const { signal } = new AbortController();

/** A lane of segments with these times, of which `hidden` are not listed yet. */
function lane(times: readonly number[], hidden: ReadonlySet<number> = new Set()) {
  const listings = { count: 0 };
  const objects = times
    .map((lastModified, sequence) => ({ key: segmentKey(id, sequence), size: 1, etag: '', lastModified }))
    .filter((_object, sequence) => !hidden.has(sequence));
  const list = async (
    _prefix: string,
    { startAfter = '', limit = 1000 }: ListOptions = {},
  ): Promise<ListPage> => {
    listings.count += 1;
    return { objects: objects.filter(({ key }) => key > startAfter).slice(0, limit), prefixes: [], time: 0 };
  };
  return { store: { list }, listings, known: { ...id, next: times.length, oldest: 0 } };
}

async function firstSince(
  time: number,
  { store, known }: ReturnType<typeof lane>,
): Promise<number | undefined> {
  const [position] = await startVector({ type: 'time', time }, [known], store, signal);
  return position?.sequence;
}

test('the places to start at are earliest, latest and ISO times', () => {
  assert.deepEqual(parseStart('latest'), { type: 'latest' });
  assert.deepEqual(parseStart('2026-01-31T12:00:00Z'), { type: 'time', time: Date.UTC(2026, 0, 31, 12) });
  for (const from of ['', 'now', '12', '2026-99-99', 'LATEST']) {
    assert.throws(() => parseStart(from), { code: 'invalid-settings' }, from);
  }
});

test('a time is found exactly, in few LISTs', async () => {
  const times = Array.from({ length: 5000 }, (_, at) => 10 * at);
  for (const time of [-5, 0, 5, 10, 24_991, 25_000, 49_990, 60_000]) {
    const one = lane(times);
    const first = times.findIndex((at) => at >= time);
    assert.equal(await firstSince(time, one), first < 0 ? 5000 : first, `since ${time}`);
    assert.ok(one.listings.count <= 15, `${one.listings.count} LISTs`);
  }
});

test('nothing stored since is left out, though neighbours were stored in another order or are not listed yet', async () => {
  for (let seed = 0; seed < 200; seed += 1) {
    const random = new SeededRandom(seed);
    const times = Array.from({ length: 1 + random.below(200) }, (_, at) => 10 * at + random.below(40));
    const time = random.below(10 * times.length);
    const first = times.findIndex((at) => at >= time);
    const hidden = new Set(Array.from({ length: random.below(3) }, () => random.below(times.length)));
    const found = (await firstSince(time, lane(times, random.chance(0.5) ? hidden : new Set()))) ?? -1;
    const expected = first < 0 ? times.length : first;
    const listed = [...hidden].some((at) => at >= expected - 20) ? found >= 0 : found <= expected;
    assert.ok(listed, `seed ${seed}: ${found} for ${expected}`);
    if (first >= 0 && !hidden.has(first))
      assert.ok(found <= first, `seed ${seed}: began at ${found}, after ${first}`);
  }
});
