import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PoisonError } from '../../src/base/errors.ts';
import { outcomeOfAnswer } from '../../src/sinks/webhook-outcome.ts';
import { control, failureOf, openEndpoint, openSink, status, updates } from './webhook-rig.ts';

const now = Date.UTC(2026, 0, 1);
const outcome = (code: number, headers = {}, excerpt = '') =>
  outcomeOfAnswer({ status: code, headers, excerpt }, now);

test('each status means one of: accepted, the updates are at fault, the endpoint is wrong, later', () => {
  const codes = (result: string) =>
    Array.from({ length: 400 }, (_, at) => at + 200).filter((code) => outcome(code).result === result);
  assert.deepEqual(
    codes('accepted'),
    Array.from({ length: 100 }, (_, at) => at + 200),
  );
  assert.deepEqual(codes('refused'), [400, 409, 413, 415, 422]);
  assert.deepEqual(codes('throttled'), [408, 425, 429]);
  assert.deepEqual(
    codes('failed'),
    Array.from({ length: 100 }, (_, at) => at + 500),
  );
  assert.ok(
    [301, 308, 401, 403, 404, 405, 407, 410, 421].every((code) => codes('misdirected').includes(code)),
  );
  assert.equal(outcome(999).result, 'failed');
});

test('Retry-After counts in seconds, as a date by the endpoint’s own clock, and up to an hour', () => {
  const after = (headers: Record<string, string>) => outcome(503, headers).retryAfterMs;
  assert.equal(after({ 'retry-after': '7' }), 7000);
  assert.equal(after({ 'retry-after': 'Thu, 01 Jan 2026 00:00:09 GMT' }), 9000);
  const date = 'Wed, 31 Dec 2025 23:59:59 GMT';
  assert.equal(after({ 'retry-after': 'Thu, 01 Jan 2026 00:00:09 GMT', date }), 10_000);
  assert.equal(after({ 'retry-after': '86400' }), 3_600_000);
  assert.equal(after({ 'retry-after': 'soon' }), undefined);
  assert.equal(outcome(429, { 'retry-after': '3' }).retryAfterMs, 3000);
});

test('a refused update is blamed by name when it came alone, and otherwise nobody is', async (t) => {
  const endpoint = await openEndpoint(t);
  const sink = openSink(t, endpoint.url);
  endpoint.answer = ({ names }, response) =>
    status(
      names.includes('bad') ? 422 : 204,
      {},
      'no\r\n\u0000title\u001b[31m',
    )(undefined as never, response);
  const batch = updates('good', 'bad', 'fine');
  const several = await failureOf(sink.deliver(batch, control()));
  assert.ok(several instanceof PoisonError && several.update === undefined);
  assert.match(
    several.message,
    /answered 422 Unprocessable Entity: no title \[31m \(to 3 updates at once\)$/,
  );
  // As a subscription does it: one by one.
  const [good, bad, fine] = batch as [(typeof batch)[0], (typeof batch)[0], (typeof batch)[0]];
  await sink.deliver([good], control());
  const alone = await failureOf(sink.deliver([bad], control()));
  assert.ok(alone instanceof PoisonError);
  assert.equal(alone.update, bad);
  assert.equal(
    alone.message,
    `http://127.0.0.1:${endpoint.port} answered 422 Unprocessable Entity: no title [31m`,
  );
  await sink.deliver([fine], control());
  assert.deepEqual(endpoint.requests, ['good bad fine', 'good', 'bad', 'fine']);
});

test('a revoked token pauses the subscription and blames no update', async (t) => {
  const endpoint = await openEndpoint(t);
  const sink = openSink(t, endpoint.url);
  for (const code of [401, 403, 404, 405, 407, 410, 421]) {
    endpoint.answer = status(code);
    const error = await failureOf(sink.deliver(updates('a'), control()));
    assert.equal(error.code, 'sink-unavailable', String(code));
    assert.match(error.hint ?? '', /check/);
    await sink.clock.advance(60_000);
  }
});

test('trouble outweighs blame: what is blamed comes again when the trouble is over', async (t) => {
  const endpoint = await openEndpoint(t);
  const sink = openSink(t, endpoint.url, { concurrency: 16, updatesPerRequest: 1 });
  const both = Promise.withResolvers<void>();
  endpoint.answer = ({ names }, response) => {
    if (endpoint.received.length === 2) both.resolve();
    void both.promise.then(() => status(names[0] === '1' ? 400 : 503)(undefined as never, response));
  };
  await assert.rejects(sink.deliver(updates('1', '2'), control()), { code: 'sink-unavailable' });
});

test('redirects are not followed, and only told with the origin that they point to', async (t) => {
  const [endpoint, inner] = [await openEndpoint(t), await openEndpoint(t)];
  const sink = openSink(t, endpoint.url, { breakAfter: 100 });
  for (const [code, location, told] of [
    [
      302,
      'http://169.254.169.254/latest/meta-data/?token=secret',
      /points to http:\/\/169\.254\.169\.254; red/,
    ],
    [307, inner.url, /points to http:\/\/127\.0\.0\.1:\d+; redirects are not followed$/],
    [308, '/elsewhere?token=secret', /points to another path; /],
    [303, 'javascript:secret', /points to another path; /],
  ] as const) {
    endpoint.answer = status(code, { location });
    const error = await failureOf(sink.deliver(updates('a'), control()));
    assert.match(error.message, told);
    assert.doesNotMatch(error.message, /secret|latest/);
  }
  assert.equal(endpoint.received.length, 4);
  assert.equal(inner.received.length, 0);
});

test('an endless answer is cut off, and its status counts', async (t) => {
  const endpoint = await openEndpoint(t);
  const sink = openSink(t, endpoint.url);
  const endless = (code: number) => {
    endpoint.answer = (_request, response) => {
      response.writeHead(code);
      response.on('error', () => {});
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', more);
      more();
    };
  };
  endless(200);
  const sent = control();
  await sink.deliver(updates('a'), sent);
  assert.deepEqual(sent.acknowledged, ['a']);
  endless(500);
  const error = await failureOf(sink.deliver(updates('b'), control()));
  assert.match(error.message, /answered 500 Internal Server Error: x{200}…$/);
  await endpoint.deserted();
});
