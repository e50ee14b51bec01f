import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { Registry } from 'prom-client';
import { Feeds } from '../../metrics/feeds.ts';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import { defaultSettings } from '../../src/config/settings.ts';
import { BrokenFeed } from '../../src/feeds/broken-feed.ts';
import { FeedParser, type ParseResult } from '../../src/pool/feed-parser.ts';
import { item, rss } from '../feeds/documents.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';
import { exited } from './pool-rig.ts';

/** A parser that ends with the test, and every thread that it ever started, each with a promise of its end. */
function startParser(t: TestContext, clock: Clock = systemClock) {
  const workers: { worker: Worker; gone: Promise<void> }[] = [];
  /** Threads that are ended as soon as they are there. */
  const doomed = { next: 0 };
  const seen = (worker: Worker) => {
    workers.push({ worker, gone: exited(worker) });
    if (doomed.next-- > 0) void worker.terminate();
  };
  process.on('worker', seen);
  const registry = new Registry();
  const { feeds } = defaultSettings;
  const pool = { ...defaultSettings.pool, threads: 2 };
  const parser = new FeedParser({ pool, feeds }, { clock, meter: new Feeds(registry) });
  t.after(async () => {
    await parser.stop();
    process.off('worker', seen);
    await Promise.all(workers.map(({ gone }) => gone));
  });
  return { parser, workers, doomed, metrics: () => registry.metrics() };
}

const feed = (name: string, padding = 0) => ({
  url: 'https://feeds.example/rss',
  content: rss(
    item(`<guid>${name}</guid><link>${name}</link><description>${'x'.repeat(padding)}</description>`),
  ),
});

/** Takes a thread several seconds. */
function slowDocument() {
  const names = Array.from({ length: 600_000 }, (_, index) => `"k${index}":1`);
  const content = `{"version":"https://jsonfeed.org/version/1.1","title":"a","items":[{${names.join(',')}}]}`;
  return { url: 'slow', content };
}

/** The ids of entries, or why there are none. */
function told(results: readonly ParseResult[]): unknown[] {
  return results.map((result) =>
    result instanceof BrokenFeed ? result.reason : result.content.entries.map(({ id }) => id).join(),
  );
}

describe('the feed parser', () => {
  it('answers in order, from several threads, whatever documents come as', async (t) => {
    const { parser, workers, metrics } = startParser(t);
    assert.equal(workers.length, 0, 'no threads without documents');
    const names = Array.from({ length: 300 }, (_, index) => `n${index}`);
    const many = names.map((name) => feed(name, 4000));
    const json = { version: 'https://jsonfeed.org/version/1.1', title: 'a', items: [{ id: 'j' }] };
    const results = await parser.parse([
      ...many,
      { url: '', content: Buffer.from(feed('ü').content, 'utf16le') },
      { url: '', content: json },
      { url: '', content: { feed: 'no' } },
      { url: '', content: 7 },
      { url: '', content: '<html>' },
    ]);
    assert.deepEqual(told(results), [...names, 'ü', 'j', 'not-a-feed', 'not-a-feed', 'not-a-feed']);
    const first = results[0] as Exclude<ParseResult, BrokenFeed>;
    assert.equal(first.content.entries[0]!.url, 'https://feeds.example/n0');
    assert.equal(first.content, first.content, 'values are made once');
    assert.equal(workers.length, 2);
    const text = await metrics();
    assert.match(text, /feed_documents_total\{format="rss"\} 301\n/);
    assert.match(text, /feed_documents_total\{format="json"\} 1\n/);
    assert.match(text, /feed_documents_broken_total\{reason="not-a-feed"\} 3\n/);
    assert.deepEqual(await parser.parse([]), []);
  });

  it('refuses what is larger than it may be without giving it to a thread', async (t) => {
    const { parser, workers } = startParser(t);
    const large = { url: '', content: new Uint8Array(defaultSettings.feeds.maxBytes + 1) };
    assert.deepEqual(told(await parser.parse([large])), ['too-large']);
    assert.equal(workers.length, 0);
  });

  it('ends a thread that takes too long, blames that document alone, and goes on', async (t) => {
    const clock = new FakeClock();
    const { parser, workers, metrics } = startParser(t, clock);
    const before = parser.parse([feed('a')]);
    assert.deepEqual(told(await before), ['a']);
    const slow = parser.parse([feed('b'), slowDocument(), feed('c')]);
    const beside = parser.parse([feed('d')]);
    assert.deepEqual(told(await beside), ['d'], 'what stands behind it in another thread comes first');
    const [stalled] = workers as [(typeof workers)[number], ...unknown[]];
    await clock.advance(defaultSettings.feeds.timeoutMs);
    assert.deepEqual(told(await slow), ['b', 'timeout', 'c']);
    await Promise.race(workers.map(({ gone }) => gone));
    assert.ok(stalled);
    assert.deepEqual(told(await parser.parse([feed('e')])), ['e']);
    assert.match(await metrics(), /feed_documents_broken_total\{reason="timeout"\} 1\n/);
  });

  it('parses the documents of a job that took too long one by one, and blames none that does not', async (t) => {
    const clock = new FakeClock();
    const { parser } = startParser(t, clock);
    const results = parser.parse([feed('a'), feed('b'), feed('c')]);
    await clock.advance(defaultSettings.feeds.timeoutMs);
    assert.deepEqual(told(await results), ['a', 'b', 'c']);
  });

  it('loses no document with a thread that is lost', async (t) => {
    const { parser, doomed } = startParser(t);
    doomed.next = 1;
    assert.deepEqual(told(await parser.parse([feed('a'), feed('b')])), ['a', 'b']);
  });

  it('blames a document whose thread ends, if others can be had', async (t) => {
    const { parser, doomed } = startParser(t);
    doomed.next = 1;
    assert.deepEqual(told(await parser.parse([feed('a')])), ['crashed']);
    assert.deepEqual(told(await parser.parse([feed('a')])), ['a']);
  });

  it('blames no document when threads cannot be had', async (t) => {
    const { parser, doomed } = startParser(t);
    doomed.next = 1000;
    await assert.rejects(parser.parse([feed('a'), feed('b')]), { code: 'sink-unavailable', retryable: true });
    doomed.next = 0;
    assert.deepEqual(told(await parser.parse([feed('a'), feed('b')])), ['a', 'b']);
  });

  it('gives back a thread that idles, and starts another when there is work', async (t) => {
    const clock = new FakeClock();
    const { parser, workers } = startParser(t, clock);
    await parser.parse([feed('a')]);
    await clock.advance(29_000);
    await parser.parse([feed('b')]);
    await clock.advance(29_000);
    assert.equal(workers.length, 1);
    await clock.advance(1000);
    await workers[0]!.gone;
    assert.deepEqual(told(await parser.parse([feed('c')])), ['c']);
    assert.equal(workers.length, 2);
    await parser.stop();
    assert.equal(clock.pending, 0);
  });

  it('leaves nothing running when it stops in the middle of a document', async (t) => {
    const clock = new FakeClock();
    const { parser, workers } = startParser(t, clock);
    await parser.parse([feed('a')]);
    const parsing = parser.parse([slowDocument(), feed('b')]).catch((error: unknown) => error);
    await settle();
    await Promise.all([parser.stop(), parser.stop()]);
    assert.equal(((await parsing) as { code?: string }).code, 'closed');
    await assert.rejects(parser.parse([feed('b')]), { code: 'closed' });
    await Promise.all(workers.map(({ gone }) => gone));
    assert.equal(clock.pending, 0);
  });

  it('lets go of what nobody waits for any more', async (t) => {
    const { parser } = startParser(t);
    await assert.rejects(parser.parse([feed('a')], AbortSignal.abort()), { code: 'closed' });
  });
});
