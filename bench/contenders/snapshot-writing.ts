/** A node whose index is full writes a snapshot of it. */
import { systemClock } from '../../src/base/clock.ts';
import { systemRandom } from '../../src/base/random.ts';
import { createNode, type SettingsInput } from '../../src/index.ts';
import { hlcOf } from '../../src/log/hybrid-clock.ts';
import { encodeRecord } from '../../src/log/record.ts';
import { newestKey, newestRow } from '../../src/state/newest-row.ts';
import { openState } from '../../src/state/open-state.ts';
import { contend } from '../support/contend.ts';
import { feedEntries, feedUrl } from '../support/feed-entry.ts';

interface Plan {
  readonly store: SettingsInput['store'];
  readonly state: string;
  readonly urls: number;
}

const server = 'writer';

await contend(({ store, state, urls }: Plan) => {
  fill(state, urls);
  const node = createNode({
    server,
    state,
    store,
    index: { enabled: true },
    snapshots: { write: 'always', intervalMs: 1000 },
    janitor: { enabled: false },
    log: { level: 'silent' },
  });
  const written = Promise.withResolvers<{ urls: number; bytes: number; parts: number; durationMs: number }>();
  node.events.on('snapshot-written', written.resolve);
  return Promise.resolve({
    run: async () => {
      await node.start();
      const { urls: count, bytes, parts, durationMs } = await written.promise;
      return { count, extra: { storedMiB: bytes / 2 ** 20, parts, writingSeconds: durationMs / 1000 } };
    },
    close: () => node.stop(),
  });
});

/** Once; the next round finds it full. */
function fill(directory: string, urls: number): void {
  const state = openState({ directory, server, clock: systemClock, random: systemRandom, role: 'node' });
  if (state.subscription('~index') === undefined) {
    const writer = `other~0011223344556677~${'0'.repeat(32)}`;
    const storedAt = systemClock.now();
    const entry = feedEntries(urls);
    const ordered = Array.from({ length: urls }, (_, index) => index)
      .map((index) => ({ index, key: Buffer.from(newestKey(feedUrl(index, urls))) }))
      .toSorted((a, b) => Buffer.compare(a.key, b.key));
    for (let at = 0; at < urls; at += 1000) {
      const rows = ordered.slice(at, at + 1000).map(({ index }) => {
        const stamp = { id: index.toString(16).padStart(32, '0'), hlc: hlcOf(storedAt) + BigInt(index) };
        const record = encodeRecord({ url: feedUrl(index, urls), content: { ...entry(index) } }, stamp);
        const place = { writer, lane: 0, sequence: index, index: 0 };
        return newestRow(record, place, { storedAt, maxContentBytes: 1 << 20 });
      });
      state.newest.apply(rows);
    }
    state.createSubscription('~index', 'earliest', [{ writer, lane: 0, sequence: urls, index: 0 }], storedAt);
  }
  state.close();
}
