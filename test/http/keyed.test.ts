import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { BucketcastError } from '../../src/base/errors.ts';
import { openState } from '../../src/state/open-state.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { type PlainNode, serve } from './http-rig.ts';
import { memoryAnswers } from './memory-answers.ts';

const keyed = (key: string) => ({ headers: { 'idempotency-key': key } });
const lines = { 'content-type': 'application/x-ndjson' };
const ids = (node: PlainNode) => node.published.map(({ options }) => options.id);

describe('Idempotency-Key', () => {
  it('the same request again gets the same answer, and nothing is published', async (t) => {
    const { node, post } = await serve(t);
    const first = await post('/api/updates', { url: 'u' }, keyed('k'));
    const again = await post('/api/updates', { url: 'u' }, keyed('k'));
    assert.deepEqual([first.status, again.status], [201, 201]);
    assert.equal(await first.text(), await again.text());
    assert.equal(first.headers.get('idempotency-replayed'), null);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.equal(again.headers.get('content-type'), 'application/json; charset=utf-8');
    assert.equal(node.published.length, 1);
    await post('/api/updates', { url: 'u' }, keyed('K'));
    assert.equal(new Set(ids(node)).size, 2, 'another key is another update');
  });

  it('another request under the key is refused: another body, another query, another type', async (t) => {
    const { node, post } = await serve(t);
    await post('/api/updates', { url: 'u' }, keyed('k'));
    const others = [
      await post('/api/updates', { url: 'v' }, keyed('k')),
      await post('/api/updates?visible=true', { url: 'u' }, keyed('k')),
      await post('/api/updates', { url: 'u' }, { headers: { ...keyed('k').headers, ...lines } }),
    ];
    for (const other of others) {
      assert.equal(other.status, 422);
      assert.equal(((await other.json()) as { code: string }).code, 'key-reused');
    }
    assert.equal(node.published.length, 1);
  });

  it('a repeat that comes while the first is under way waits for it', async (t) => {
    const { node, post } = await serve(t);
    const { came, release } = node.hold();
    const first = post('/api/updates', { url: 'u' }, keyed('k'));
    await came;
    const second = post('/api/updates', { url: 'u' }, keyed('k'));
    const other = await post('/api/updates', { url: 'v' }, keyed('k'));
    assert.equal(other.status, 422);
    release();
    assert.equal(await (await first).text(), await (await second).text());
    assert.equal(node.published.length, 1);
  });

  it('a publish that nobody waits for any more goes on, and its answer is there later', async (t) => {
    const { node, post } = await serve(t, {}, { timeouts: { publishMs: 20 } });
    const store = Promise.withResolvers<void>();
    node.answer = async (_update, { id = '', signal }) => {
      assert.equal(signal, undefined);
      await store.promise;
      return { id, durable: 'spool' };
    };
    assert.equal((await post('/api/updates', { url: 'u' }, keyed('k'))).status, 503);
    store.resolve();
    const again = await post('/api/updates', { url: 'u' }, keyed('k'));
    assert.equal(again.status, 201);
    assert.equal(node.published.length, 1);
  });

  it('what failed for the moment is tried again with the same id; what was wrong frees the key', async (t) => {
    const { node, post } = await serve(t);
    const { answer } = node;
    node.answer = () => Promise.reject(new BucketcastError('store-unavailable', 'away'));
    assert.equal((await post('/api/updates', { url: 'u' }, keyed('k'))).status, 503);
    assert.equal((await post('/api/updates', { url: 'v' }, keyed('k'))).status, 422);
    node.answer = answer;
    assert.equal((await post('/api/updates', { url: 'u' }, keyed('k'))).status, 201);
    assert.equal(new Set(ids(node)).size, 1);
    assert.equal(node.published.length, 2);

    assert.equal((await post('/api/updates', { url: '' }, keyed('wrong'))).status, 400);
    assert.equal((await post('/api/updates', { url: 'w' }, keyed('wrong'))).status, 201);
  });

  it('a process that dies between publishing and remembering publishes the same update again', async (t) => {
    const directory = temporaryDirectory();
    const open = () =>
      openState({ directory, server: 'a', clock: systemClock, random: new SeededRandom(1), role: 'node' });
    const before = open();
    const one = await serve(t, {}, { answers: { ...forgetful(before.answers) } });
    await one.post('/api/updates', { url: 'u' }, keyed('k'));
    before.close();
    const after = open();
    t.after(() => after.close());
    const two = await serve(t, {}, { answers: after.answers });
    assert.equal((await two.post('/api/updates', { url: 'v' }, keyed('k'))).status, 422);
    assert.equal((await two.post('/api/updates', { url: 'u' }, keyed('k'))).status, 201);
    assert.deepEqual(ids(one.node), ids(two.node));
    const again = await two.post('/api/updates', { url: 'u' }, keyed('k'));
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.equal(two.node.published.length, 1);
  });

  it('the ids of two hosts differ for the same request', async (t) => {
    const one = await serve(t, {}, { answers: { ...forgetful(memoryAnswers()), hostId: '1' } });
    const two = await serve(t, {}, { answers: { ...forgetful(memoryAnswers()), hostId: '2' } });
    await one.post('/api/updates', { url: 'u' }, keyed('k'));
    await two.post('/api/updates', { url: 'u' }, keyed('k'));
    assert.notDeepEqual(ids(one.node), ids(two.node));
  });

  it('refuses keys that are none', async (t) => {
    const { node, post } = await serve(t);
    for (const key of ['', 'a b', 'x'.repeat(256), 'ä'])
      assert.equal((await post('/api/updates', { url: 'u' }, keyed(key))).status, 400, key);
    assert.equal((await post('/api/updates', { url: 'u' }, keyed('~'.repeat(255)))).status, 201);
    assert.equal(node.published.length, 1);
  });

  it('lines under a key are published once, bad ones included in the answer', async (t) => {
    const { node, post } = await serve(t);
    const init = { headers: { ...keyed('k').headers, ...lines } };
    const body = '{"url":"a"}\n{"url":7}\n\n{"url":"b"}';
    const first = await (await post('/api/updates', body, init)).text();
    const again = await post('/api/updates', body, init);
    assert.equal(again.headers.get('idempotency-replayed'), 'true');
    assert.equal(again.headers.get('content-type'), 'application/x-ndjson; charset=utf-8');
    assert.equal(await again.text(), first);
    assert.equal(node.published.length, 2);
    assert.equal(new Set(ids(node)).size, 2);
    assert.match(first, /"complete":true,"lines":3,"published":2,"failed":1/);
  });

  it('lines under a key of which some wait for the bucket are all sent again, with the same ids', async (t) => {
    const { node, post } = await serve(t);
    const init = { headers: { ...keyed('k').headers, ...lines } };
    const { answer } = node;
    node.answer = (update, options) =>
      update.url === 'b'
        ? Promise.reject(new BucketcastError('store-unavailable', 'away'))
        : answer(update, options);
    const partly = await (await post('/api/updates', '{"url":"a"}\n{"url":"b"}\n', init)).text();
    assert.match(partly, /"complete":false,"lines":2,"published":1,"failed":1/);
    node.answer = answer;
    const whole = await (await post('/api/updates', '{"url":"a"}\n{"url":"b"}\n', init)).text();
    assert.match(whole, /"complete":true,"lines":2,"published":2,"failed":0/);
    const [a, b, ...rest] = ids(node);
    assert.deepEqual(rest, [a, b]);
  });

  it('takes 10,000 lines under a key, and no more', async (t) => {
    const { node, post } = await serve(t);
    const init = { headers: { ...keyed('k').headers, ...lines } };
    const many = await post('/api/updates', '{"url":"u"}\n'.repeat(10_001), init);
    assert.equal(many.status, 413);
    assert.equal(node.published.length, 0);
    const most = await post('/api/updates', '{"url":"u"}\n'.repeat(10_000), init);
    assert.equal(most.status, 200, 'the refusal has freed the key');
    assert.equal((await most.text()).split('\n').length, 10_002);
  });
});

/** Forgets how requests ended, as a process does that dies before it is written down. */
function forgetful(answers: ReturnType<typeof memoryAnswers>) {
  return {
    hostId: answers.hostId,
    begin: answers.begin.bind(answers),
    finish: () => {},
    forget: answers.forget.bind(answers),
  };
}
