import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodeState } from '../../src/http/served-node.ts';
import type { FeedState } from '../../src/status/feed-state.ts';
import type { IndexStanding } from '../../src/status/index-standing.ts';
import { serve } from './http-rig.ts';

const feed: FeedState = {
  url: 'https://example.org/a?b=c%20d&ü#e',
  server: 'web-3',
  time: 1_700_000_000_000,
  agoMs: 40_000,
  kind: 'put',
  writer: 'web-3~0123456789abcdef~00',
  hlc: '018bcfe568000000',
  id: 'ab'.repeat(16),
  digest: 'cd'.repeat(32),
  contentBytes: 3,
  content: new Uint8Array([0, 1, 255]),
  data: { tags: [1] },
};
const standing: IndexStanding = {
  urls: 1,
  maxUrls: 10,
  forgotten: 0,
  current: true,
  lag: 0,
  lagUpdates: 0,
  lagSeconds: 0,
};
const knowing = (more: Partial<IndexStanding> = {}): NodeState => ({
  get: (url) => (url === feed.url ? feed : undefined),
  standing: () => ({ ...standing, ...more }),
});
const path = (url: string) => `/api/feeds/${encodeURIComponent(url)}`;

describe('GET /api/feeds/<url>', () => {
  it('answers who updated the URL, when, with what, and how far the index has come', async (t) => {
    const { node, ask } = await serve(t);
    node.index = knowing();
    const answer = await ask(path(feed.url));
    assert.equal(answer.status, 200);
    const { content: _, ...rest } = feed;
    assert.deepEqual(await answer.json(), {
      ...rest,
      time: '2023-11-14T22:13:20.000Z',
      content: 'AAH/',
      encoding: 'base64',
      index: standing,
    });
  });

  it('tells a URL that nobody has published from one that it may not know yet', async (t) => {
    const { node, ask } = await serve(t);
    node.index = knowing();
    const unknown = await ask(path('https://example.org/'));
    assert.equal(unknown.status, 404);
    assert.equal(((await unknown.json()) as { code: string }).code, 'unknown-url');
    node.index = knowing({ current: false, lag: 3, lagUpdates: 3000, lagSeconds: 90 });
    const behind = await ask(path('https://example.org/'));
    assert.deepEqual([behind.status, behind.headers.get('retry-after')], [503, '5']);
    const problem = (await behind.json()) as { code: string; detail: string };
    assert.equal(problem.code, 'index-behind');
    assert.match(problem.detail, /3,000 updates behind, the oldest 90 s old/);
    assert.equal((await ask(path(feed.url))).status, 200);
  });

  it('takes a URL as long as one that can be published, within what a request line may have', async (t) => {
    const { node, ask } = await serve(t);
    const url = `https://example.org/${'?'.repeat(2500)}`;
    node.index = { ...knowing(), get: (asked) => (asked === url ? { ...feed, url } : undefined) };
    assert.equal((await ask(path(url))).status, 200);
  });

  it('says what to do where there is no index', async (t) => {
    const { ask } = await serve(t);
    const answer = await ask(path(feed.url));
    assert.equal(answer.status, 409);
    const { code, hint } = (await answer.json()) as { code: string; hint: string };
    assert.deepEqual([code, hint], ['index-off', 'Set index.enabled.']);
  });

  it('refuses what is not one encoded URL', async (t) => {
    const { node, ask } = await serve(t);
    node.index = knowing();
    for (const given of ['', 'https://example.org/a', 'a?b=c', '%ff', '%zz', '%', 'x%2']) {
      const answer = await ask(`/api/feeds/${given}`);
      assert.equal(answer.status, 400, given.slice(0, 30));
    }
    assert.equal((await ask('/api/feeds')).status, 404);
    assert.equal((await ask(`/api/feeds/${'x'.repeat(13_000)}`)).status, 414);
  });

  it('asks for the token like everything else, and is counted under one name', async (t) => {
    const { node, ask, observed } = await serve(t, { token: 'correct horse battery' });
    node.index = knowing();
    assert.equal((await ask(path(feed.url))).status, 401);
    const authorization = 'Bearer correct horse battery';
    assert.equal((await ask(path(feed.url), { headers: { authorization } })).status, 200);
    assert.deepEqual(new Set(observed.map(({ route }) => route)), new Set(['/api/feeds/*']));
  });
});
