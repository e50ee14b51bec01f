import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { serve } from './http-rig.ts';

const patch = (body: string, type = 'application/json') => ({
  method: 'PATCH',
  body,
  headers: { 'content-type': type },
});

describe('probes', () => {
  it('/healthz answers as long as the process does, /readyz says what keeps the node from working', async (t) => {
    const { node, ask } = await serve(t);
    node.ready = { ready: false, reason: 'the store does not answer', hint: 'look at store.url' };
    assert.deepEqual(await (await ask('/healthz')).json(), { alive: true });
    const unready = await ask('/readyz');
    assert.equal(unready.status, 503);
    assert.equal(unready.headers.get('content-type'), 'application/problem+json; charset=utf-8');
    assert.deepEqual(await unready.json(), {
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      detail: 'the store does not answer',
      code: 'not-ready',
      hint: 'look at store.url',
    });
    node.ready = { ready: true };
    assert.deepEqual(await (await ask('/readyz')).json(), { ready: true });
  });

  it('whoever has no token is told the reason without the hint', async (t) => {
    const { node, ask } = await serve(t, { token: 'correct horse battery' });
    node.ready = { ready: false, reason: 'joining', hint: 'look at store.url' };
    const hint = async (init?: RequestInit) =>
      ((await (await ask('/readyz', init)).json()) as { hint?: string }).hint;
    assert.equal(await hint(), undefined);
    assert.equal(
      await hint({ headers: { authorization: 'Bearer correct horse battery' } }),
      'look at store.url',
    );
  });
});

describe('what the node tells', () => {
  it('serves metrics with their type, the status and the limits', async (t) => {
    const { node, ask } = await serve(t);
    const metrics = await ask('/metrics');
    assert.equal(metrics.headers.get('content-type'), node.metricsContentType);
    assert.equal(await metrics.text(), '# HELP a b\n');
    assert.deepEqual(await (await ask('/api/status')).json(), { server: 'a', version: '0', problems: [] });
    assert.deepEqual(await (await ask('/api/limits')).json(), node.current);
    const head = await ask('/metrics', { method: 'HEAD' });
    assert.deepEqual([head.status, await head.text()], [200, '']);
  });

  it('a route that fails answers 500 without saying how, and logs it', async (t) => {
    const { node, ask, logged } = await serve(t);
    node.status = () => {
      throw new Error('secret innards');
    };
    const answer = await ask('/api/status');
    assert.equal(answer.status, 500);
    assert.doesNotMatch(await answer.text(), /innards/);
    assert.match(String((logged[0] as { err: Error }).err), /secret innards/);
  });

  it('what is not there is told with what is; a wrong method with the right ones', async (t) => {
    const { ask } = await serve(t);
    const missing = await ask('/api/nothing?token=abc');
    const text = await missing.text();
    assert.equal(missing.status, 404);
    assert.match(text, /There are: .*\/api\/limits, .*\/api\/updates, .*\/readyz/);
    assert.doesNotMatch(text, /abc/);
    const wrong = await ask('/api/updates', { method: 'DELETE' });
    assert.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'POST']);
    assert.equal((await ask('/%zz')).status, 400);
    assert.equal((await ask(`/${'x'.repeat(3000)}`)).status, 414);
  });

  it('every request is observed by its route, never by what the client wrote', async (t) => {
    const { ask, observed } = await serve(t);
    for (const path of ['/healthz?x=1', '/api/limits', '/somewhere', '/%zz']) await (await ask(path)).text();
    assert.deepEqual(
      observed.map(({ route, status }) => [route, status]),
      [
        ['/healthz', 200],
        ['/api/limits', 200],
        ['other', 404],
        ['other', 400],
      ],
    );
    assert.ok(observed.every(({ seconds }) => seconds >= 0 && seconds < 10));
  });
});

describe('PATCH /api/limits', () => {
  it('changes what is named, with sizes as in a settings file, and answers with all of them', async (t) => {
    const { node, ask } = await serve(t);
    const before = node.current;
    const answer = await ask('/api/limits', patch('{"requestsPerSecond":50,"bytesInFlight":"64MiB"}'));
    assert.equal(answer.status, 200);
    const expected = { ...before, requestsPerSecond: 50, bytesInFlight: 64 * 1024 * 1024 };
    assert.deepEqual(await answer.json(), expected);
    assert.deepEqual(node.current, expected);
    assert.deepEqual(await (await ask('/api/limits', patch('{}'))).json(), expected);
  });

  it('names everything that is wrong, and changes nothing then', async (t) => {
    const { node, ask } = await serve(t);
    const before = node.current;
    const body =
      '{"requestsPerSecond":-1,"bytesInFlight":"64 parsecs","requestInFlight":3,"uploadBytesPerSecond":1e5,"downloadBytesPerSecond":null}';
    const answer = await ask('/api/limits', patch(body));
    assert.equal(answer.status, 400);
    const { detail, code } = (await answer.json()) as { detail: string; code: string };
    assert.equal(code, 'invalid-settings');
    assert.match(detail, /limits\.requestsPerSecond: expected a number, at least 0, got -1/);
    assert.match(detail, /limits\.bytesInFlight: expected .*, got "64 parsecs"/);
    assert.match(detail, /limits\.requestInFlight: unknown setting; did you mean `requestsInFlight`/);
    assert.match(detail, /limits\.downloadBytesPerSecond: expected .*, got null/);
    assert.equal(node.current, before);
  });

  it('takes an object of JSON and nothing else', async (t) => {
    const { node, ask } = await serve(t);
    const before = node.current;
    for (const body of [
      '[]',
      'null',
      '7',
      '"a"',
      '',
      '{',
      '{"__proto__":{"requestsPerSecond":1}}',
      '{"constructor":1}',
    ])
      assert.equal((await ask('/api/limits', patch(body))).status, 400, body);
    assert.equal((await ask('/api/limits', patch('{}', 'application/x-ndjson'))).status, 415);
    assert.equal((await ask('/api/limits', patch('{}', 'text/plain'))).status, 415);
    assert.equal((await ask('/api/limits', { method: 'PATCH' })).status, 415);
    assert.equal(node.current, before);
  });
});
