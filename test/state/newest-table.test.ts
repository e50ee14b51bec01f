import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { NewUpdate } from '../../src/base/update.ts';
import { formatHlc, hlcOf } from '../../src/log/hybrid-clock.ts';
import { encodeRecord } from '../../src/log/record.ts';
import { type NewestRow, newestRow } from '../../src/state/newest-row.ts';
import { rowContent } from '../../src/state/newest-table.ts';
import { openMemoryState, openState } from '../../src/state/open-state.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const random = new SeededRandom(1);
const now = 1_700_000_000_000;
const clock = { now: () => now };
const open = () => openMemoryState({ clock, random });

let ids = 0;
interface Published extends NewUpdate {
  readonly at?: number;
  readonly writer?: string;
  readonly place?: readonly [sequence: number, index: number];
  readonly storedAt?: number;
  readonly id?: string;
}

function row({ at = now, writer = 'a~1~1', place = [0, 0], storedAt = now, id, ...update }: Published) {
  ids += 1;
  const stamp = { id: id ?? ids.toString(16).padStart(32, '0'), hlc: hlcOf(at) };
  const [sequence, index] = place;
  const limits = { storedAt, maxContentBytes: 100 };
  return newestRow(encodeRecord(update, stamp), { writer, lane: 0, sequence, index }, limits);
}

const everyOrder = (rows: readonly NewestRow[]): NewestRow[][] =>
  rows.length < 2
    ? [[...rows]]
    : rows.flatMap((first) =>
        everyOrder(rows.filter((other) => other !== first)).map((rest) => [first, ...rest]),
      );

/** What stands for `u` whatever comes first, also when all of it comes again. */
function standing(...rows: readonly NewestRow[]): NewestRow | undefined {
  const found = everyOrder(rows).map((order) => {
    const { newest } = open();
    newest.apply(order);
    for (const one of order) newest.apply([one]);
    assert.equal(newest.totals().urls, 1);
    return newest.find('u');
  });
  for (const other of found) assert.deepEqual(other, found[0]);
  return found[0];
}

test('a row comes back as it was put, with the bytes of its record', () => {
  const { newest } = open();
  const bytes = Buffer.from([0, 255, 1]);
  for (const update of [
    { url: 'https://example.org/ü', content: { a: [1, 'ö'] }, data: { b: null } },
    { url: 'bytes', content: bytes },
    { url: 'nothing' },
    { url: 'gone', kind: 'delete', data: 'why' },
  ] as const) {
    const put = row({ ...update, writer: 'web-3~0123456789abcdef~1', place: [7, 3] });
    assert.equal(newest.apply([put]), 1);
    const found = newest.find(update.url);
    assert.deepEqual(
      { ...found, record: Buffer.from(found?.record ?? []) },
      { ...put, record: Buffer.from(put.record ?? []) },
    );
  }
  assert.deepEqual(newest.totals(), { urls: 4, forgotten: 0 });
  assert.equal(newest.find('unknown'), undefined);
});

test('of content that is too large only its size and digest are kept', () => {
  const { newest } = open();
  const small = row({ url: 'small', content: 'x'.repeat(98) });
  const large = row({ url: 'large', content: 'x'.repeat(99) });
  newest.apply([small, large]);
  assert.ok(newest.find('small')?.record);
  const found = newest.find('large') as NewestRow;
  assert.deepEqual([found.record, found.contentBytes], [undefined, 101]);
  assert.deepEqual(rowContent(found), rowContent(row({ url: 'other', content: 'x'.repeat(99), data: 1 })));
});

test('the newest of two servers stands, whichever comes first', () => {
  const older = row({ url: 'u', at: now, writer: 'z~1~1' });
  const newer = row({ url: 'u', at: now + 1, writer: 'a~1~1' });
  assert.equal(standing(older, newer)?.id, newer.id);
});

test('of updates of one time the writer decides, then the place', () => {
  const a = row({ url: 'u', writer: 'a~1~1', place: [9, 9] });
  const b1 = row({ url: 'u', writer: 'b~1~1', place: [1, 2] });
  const b2 = row({ url: 'u', writer: 'b~1~1', place: [2, 0] });
  assert.equal(standing(a, b1, b2)?.id, b2.id);
});

test('of objects of one server and time, which have no place, the same stands whatever comes first', () => {
  const [a, b] = ['a', 'b'].map((digit) => row({ url: 'u', id: digit.repeat(32), writer: 'server' }));
  assert.equal(standing(a as NewestRow, b as NewestRow)?.id, 'b'.repeat(32));
});

test('an update that comes again from another place is no news', () => {
  const { newest } = open();
  const first = row({ url: 'u', id: 'f'.repeat(32), place: [1, 0] });
  newest.apply([first]);
  assert.equal(newest.apply([row({ url: 'u', id: 'f'.repeat(32), place: [5, 0] })]), 0);
  assert.equal(newest.find('u')?.sequence, 1);
});

test('of an update that was stamped anew the later stamp counts, whichever is read first', () => {
  const id = 'f'.repeat(32);
  const before = row({ url: 'u', id, at: now, place: [1, 0] });
  const between = row({ url: 'u', at: now + 4, place: [3, 0] });
  const anew = row({ url: 'u', id, at: now + 9, place: [5, 0] });
  assert.equal(standing(before, between, anew)?.sequence, 5);
});

test('a server a year ahead wins over what came before it, and not for ever', () => {
  const year = 365 * 86_400_000;
  const before = row({ url: 'u', at: now - 5_000, storedAt: now - 5_000 });
  const ahead = row({ url: 'u', at: now + year, storedAt: now, writer: 'liar~1~1' });
  const after = row({ url: 'u', at: now + 5_000, storedAt: now + 5_000 });
  assert.equal(standing(before, ahead)?.id, ahead.id);
  assert.equal(standing(before, ahead, after)?.id, after.id);
  const found = standing(ahead);
  assert.equal(found?.hlc, formatHlc(hlcOf(now + year)));
  assert.equal(found?.stamp, formatHlc(hlcOf(now + 2000)));
});

test('a delete stands as a row, so that nothing older comes back', () => {
  const gone = row({ url: 'u', kind: 'delete', at: now + 1 });
  const old = row({ url: 'u', content: 1, at: now });
  assert.equal(standing(gone, old)?.kind, 'delete');
});

test('pages hold every row once that stands throughout, while others change', () => {
  const { newest } = open();
  const urls = Array.from({ length: 100 }, (_, n) => `u${n}`);
  newest.apply(urls.map((url) => row({ url })));
  const seen = new Map<string, number>();
  let after: Uint8Array | undefined;
  let pages = 0;
  do {
    const page = newest.page(after, 7);
    for (const { url } of page.rows) seen.set(url, (seen.get(url) ?? 0) + 1);
    pages += 1;
    newest.apply([row({ url: `new${pages}` }), row({ url: `u${pages}`, at: now + pages })]);
    after = page.next;
  } while (after !== undefined);
  for (const url of urls) assert.equal(seen.get(url), 1, url);
});

test('those with the lowest stamps are forgotten, and counted', () => {
  const { newest } = open();
  newest.apply([3, 1, 4, 2, 5].map((n) => row({ url: `u${n}`, at: now + n })));
  assert.equal(newest.forgetOldest(2), 2);
  assert.deepEqual(newest.totals(), { urls: 3, forgotten: 2 });
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((n) => newest.find(`u${n}`) !== undefined),
    [false, false, true, true, true],
  );
});

test('rows and positions are committed together or not at all', () => {
  const state = open();
  const position = { writer: 'a~1~1', lane: 0, sequence: 1, index: 0 };
  assert.throws(() => state.advance('~index', { positions: [position], newest: [row({ url: 'u' })] }), {
    code: 'state-unusable',
  });
  assert.equal(state.newest.find('u'), undefined);
  state.createSubscription('~index', 'earliest', [], 0);
  const wrong = { ...row({ url: 'w' }), url: null as unknown as string };
  assert.throws(() => state.advance('~index', { positions: [position], newest: [row({ url: 'u' }), wrong] }));
  assert.deepEqual([state.newest.find('u'), state.positions('~index')], [undefined, []]);
  state.advance('~index', { positions: [position], newest: [row({ url: 'u' })] });
  assert.deepEqual([state.newest.totals().urls, state.positions('~index')], [1, [position]]);
});

test('a restart finds what was applied', (t) => {
  const directory = join(temporaryDirectory(), 'state');
  const options = { directory, server: 'a', clock, random, role: 'node' } as const;
  const first = openState(options);
  first.newest.apply([row({ url: 'u', content: 'kept' })]);
  first.close();
  const again = openState(options);
  t.after(() => again.close());
  assert.equal(again.newest.find('u')?.contentBytes, 6);
  assert.equal(again.newest.totals().urls, 1);
});
