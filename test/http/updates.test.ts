import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BucketcastError } from '../../src/base/errors.ts';
import { serve } from './http-rig.ts';

describe('POST /api/updates with one update', () => {
  it('answers 201 with where the update stands', async (t) => {
    const { node, post } = await serve(t);
    const answer = await post('/api/updates', { url: 'u', content: { a: 1 }, data: [2] });
    assert.equal(answer.status, 201);
    const { id, ...place } = (await answer.json()) as Record<string, unknown>;
    assert.match(String(id), /^[0-9a-f]{32}$/);
    assert.deepEqual(place, {
      hlc: '0'.repeat(16),
      durable: 'bucket',
      writer: 'a~0123456789abcdef~00',
      lane: 0,
      sequence: 1,
    });
    assert.deepEqual(node.published[0]?.update, { url: 'u', content: { a: 1 }, data: [2], kind: 'put' });
    assert.equal(node.published[0]?.options.visible, false);
  });

  it('takes bytes as base64, deletes, and ?visible=true', async (t) => {
    const { node, post } = await serve(t);
    await post('/api/updates?visible=true', { url: 'u', content: 'aGk=', encoding: 'base64' });
    await post('/api/updates', { url: 'u', kind: 'delete' });
    assert.equal(Buffer.from(node.published[0]?.update.content as Uint8Array).toString(), 'hi');
    assert.equal(node.published[0]?.options.visible, true);
    assert.equal(node.published[1]?.update.kind, 'delete');
  });

  it('refuses what is no update, says why, and publishes nothing', async (t) => {
    const { node, post } = await serve(t);
    const bad: readonly (readonly [body: unknown, code: string, told: RegExp])[] = [
      ['{"url":', 'bad-request', /not JSON/],
      ['', 'bad-request', /not JSON/],
      ['[]', 'invalid-update', /expected an object/],
      [{ content: 1 }, 'invalid-update', /url: expected/],
      [{ url: 'u', contents: 1 }, 'invalid-update', /unknown field "contents"; did you mean "content"/],
      ['{"url":"u","__proto__":{"a":1}}', 'bad-request', /__proto__/],
      ['{"url":"u","content":{"a":[{"__pr\\u006fto__":{"b":1}}]}}', 'bad-request', /__proto__/],
      [`{"url":"u","content":${'['.repeat(2000)}${']'.repeat(2000)}}`, 'bad-request', /nested deeper/],
    ];
    for (const [body, code, told] of bad) {
      const answer = await post('/api/updates', body);
      assert.equal(answer.status, 400);
      assert.equal(answer.headers.get('content-type'), 'application/problem+json; charset=utf-8');
      const problem = (await answer.json()) as Record<string, unknown>;
      assert.equal(problem['code'], code);
      assert.match(String(problem['detail']), told);
    }
    assert.equal(
      (await post('/api/updates', { url: '__proto__ is a word', content: '\\u0070' })).status,
      201,
    );
    assert.equal(node.published.length, 1);
  });

  it('refuses bytes that are no UTF-8, and parameters that it does not know', async (t) => {
    const { post } = await serve(t);
    const bytes = await post('/api/updates', '', { body: Buffer.from([0x22, 0xff, 0x22]) });
    assert.equal(bytes.status, 400);
    for (const query of ['?visibel=true', '?visible=yes', '?visible=true&visible=true', '?results=some'])
      assert.equal((await post(`/api/updates${query}`, { url: 'u' })).status, 400, query);
  });

  it('takes no other types of body: a page of another site could send those', async (t) => {
    const { node, post } = await serve(t);
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonx']) {
      const answer = await post('/api/updates', { url: 'u' }, { headers: { 'content-type': type } });
      assert.equal(answer.status, 415, type);
    }
    const packed = await post('/api/updates', { url: 'u' }, { headers: { 'content-encoding': 'gzip' } });
    assert.equal(packed.status, 415);
    const charset = { 'content-type': 'Application/JSON ; charset=UTF-8' };
    assert.equal((await post('/api/updates', { url: 'u' }, { headers: charset })).status, 201);
    assert.equal(node.published.length, 1);
  });

  it('refuses a body that is too large, announced or not, and takes the next request', async (t) => {
    const { node, post } = await serve(t, { maxBodyBytes: 1024 });
    const large = JSON.stringify({ url: 'u', content: 'x'.repeat(2000) });
    const announced = await post('/api/updates', large);
    assert.equal(announced.status, 413);
    const stream = new Blob([large]).stream();
    const streamed = await post('/api/updates', '', { body: stream, duplex: 'half' });
    assert.equal(streamed.status, 413);
    assert.equal(((await streamed.json()) as { code: string }).code, 'body-too-large');
    assert.equal((await post('/api/updates', { url: 'u', content: 'x'.repeat(900) })).status, 201);
    assert.equal(node.published.length, 1);
  });

  it('says what kind of failure it was by the status', async (t) => {
    const { node, post, logged } = await serve(t);
    const cases: readonly (readonly [Error, number, string])[] = [
      [new BucketcastError('invalid-update', 'too large'), 400, 'invalid-update'],
      [new BucketcastError('store-unavailable', 'no answer', { hint: 'wait' }), 503, 'store-unavailable'],
      [new BucketcastError('store-refused', '403'), 502, 'store-refused'],
      [new BucketcastError('state-unusable', 'damaged'), 500, 'state-unusable'],
      [new BucketcastError('state-unusable', 'busy', { retryable: true }), 503, 'state-unusable'],
      [new BucketcastError('closed', 'stopped'), 503, 'closed'],
      [new Error('secret innards'), 500, 'internal'],
    ];
    for (const [error, status, code] of cases) {
      node.answer = () => Promise.reject(error);
      const answer = await post('/api/updates', { url: 'u' });
      const text = await answer.text();
      assert.equal(answer.status, status, code);
      assert.equal((JSON.parse(text) as { code: string }).code, code);
      assert.equal(answer.headers.has('retry-after'), status === 503);
      assert.doesNotMatch(text, /innards|at .*\.ts/);
    }
    assert.equal(logged.length, 1, 'only the one that nobody foresaw');
  });

  it('answers 503 "unknown" when the bucket does not answer in time, and stops waiting', async (t) => {
    const { node, post } = await serve(t, {}, { timeouts: { publishMs: 20 } });
    node.answer = (_update, { signal }) =>
      new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('gone'))));
    const answer = await post('/api/updates', { url: 'u' });
    assert.equal(answer.status, 503);
    assert.ok(answer.headers.get('retry-after'));
    assert.equal(((await answer.json()) as { code: string }).code, 'unknown-outcome');
    assert.equal(node.published[0]?.options.signal?.aborted, true);
  });

  it('stops waiting for the bucket when the client goes', async (t) => {
    const { node, post } = await serve(t);
    const gone = Promise.withResolvers<void>();
    const came = Promise.withResolvers<void>();
    node.answer = (_update, { signal }) => {
      signal?.addEventListener('abort', () => gone.resolve());
      came.resolve();
      return new Promise(() => {});
    };
    const client = new AbortController();
    const asking = post('/api/updates', { url: 'u' }, { signal: client.signal });
    await came.promise;
    client.abort();
    await assert.rejects(asking);
    await gone.promise;
  });
});
