/** Works on the index of one state directory without a node: fills it, updates it, looks things up. */
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { hlcOf } from '../../src/log/hybrid-clock.ts';
import { encodeRecord } from '../../src/log/record.ts';
import { newestKey, newestRow } from '../../src/state/newest-row.ts';
import { openState } from '../../src/state/open-state.ts';
import { feedState } from '../../src/status/feed-state.ts';
import { SeededRandom } from '../../test/support/seeded-random.ts';
import { contend } from '../support/contend.ts';
import { sizeOf } from '../support/directory-size.ts';
import { feedEntries, feedUrl } from '../support/feed-entry.ts';

interface Plan {
  readonly state: string;
  readonly work: 'fill' | 'update' | 'find' | 'pages';
  readonly urls: number;
  readonly lookups: number;
}

const batch = 1000;

await contend(async ({ state: directory, work, urls, lookups }: Plan) => {
  const state = openState({
    directory,
    server: 'reader',
    clock: systemClock,
    random: systemRandom,
    role: 'node',
  });
  const { newest } = state;
  const random = new SeededRandom(systemClock.now());
  const entry = feedEntries(urls);
  const storedAt = systemClock.now();
  const limits = { storedAt, maxContentBytes: 1 << 20 };
  const row = (index: number) => {
    const stamp = { id: Buffer.from(random.bytes(16)).toString('hex'), hlc: hlcOf(storedAt) + BigInt(index) };
    const update = { url: feedUrl(index, urls), content: { ...entry(index) } };
    const place = { writer: `writer-${index % 4}~0~0`, lane: 0, sequence: index, index: 0 };
    return newestRow(encodeRecord(update, stamp), place, limits);
  };
  const apply = (indexes: readonly number[]) => {
    for (let at = 0; at < indexes.length; at += batch) newest.apply(indexes.slice(at, at + batch).map(row));
    return indexes.length;
  };
  const numbers = Array.from({ length: urls }, (_, index) => index);
  const works = {
    fill: () => apply(ordered),
    update: () => apply(numbers.filter((index) => index % 10 === 0)),
    find: () => {
      let found = 0;
      for (let at = 0; at < lookups; at += 1) {
        const known = newest.find(feedUrl(random.below(urls), urls));
        if (known !== undefined && feedState(known, storedAt).content !== null) found += 1;
      }
      return found;
    },
    pages: () => {
      let rows = 0;
      let page = newest.page(undefined, batch);
      for (; page.next !== undefined; page = newest.page(page.next, batch)) rows += page.rows.length;
      return rows + page.rows.length;
    },
  };
  const ordered =
    work === 'fill'
      ? numbers
          .map((index) => ({ index, key: Buffer.from(newestKey(feedUrl(index, urls))) }))
          .toSorted((a, b) => Buffer.compare(a.key, b.key))
          .map(({ index }) => index)
      : [];
  return {
    run: async () => ({ count: works[work](), extra: { diskMiB: await sizeOf(directory) } }),
    close: async () => state.close(),
  };
});
