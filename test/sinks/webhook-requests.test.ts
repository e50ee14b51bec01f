import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packageVersion } from '../../src/base/package-version.ts';
import { WebhookEndpoints } from '../../src/sinks/webhook-endpoints.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { control, openEndpoint, openSink, status, update, updates } from './webhook-rig.ts';

test('updates are POSTed as JSON in one request, with all that tells them apart', async (t) => {
  const endpoint = await openEndpoint(t);
  const sink = openSink(t, `${endpoint.url}?token=t`, { headers: { 'X-Place': 'here' } });
  const bytes = update('b', { content: new Uint8Array([104, 105]), data: { n: 1 } });
  const sent = control();
  await sink.deliver([update('a'), bytes, update('c', { kind: 'delete', content: null })], sent);
  const [request] = endpoint.received;
  assert.ok(request && endpoint.received.length === 1);
  assert.equal(request.path, '/hook?token=t');
  assert.equal(request.headers['content-type'], 'application/json');
  assert.equal(request.headers['user-agent'], `bucketcast/${packageVersion}`);
  assert.equal(request.headers['x-place'], 'here');
  assert.equal(request.headers['bucketcast-subscription'], 'mail');
  assert.equal(request.headers['bucketcast-timestamp'], String(Date.UTC(2026, 0, 1) / 1000));
  assert.equal(request.headers['bucketcast-signature'], undefined);
  const common = { server: 'a', time: '2026-01-31T12:00:00.000Z', hlc: '0'.repeat(16), writer: 'w' };
  const row = (name: string, content: unknown) => {
    const { id, url } = update(name);
    return { id, url, content, data: null, kind: 'put', ...common };
  };
  assert.deepEqual(JSON.parse(request.body), {
    updates: [
      row('a', { entries: ['a'] }),
      { ...row('b', 'aGk='), encoding: 'base64', data: { n: 1 } },
      { ...row('c', null), kind: 'delete' },
    ],
  });
  assert.deepEqual(sent.acknowledged, ['c']);
});

test('a batch is cut by count and by size, and what is larger than a body goes alone', async (t) => {
  const endpoint = await openEndpoint(t);
  const byCount = openSink(t, endpoint.url, { updatesPerRequest: 2 });
  const sent = control();
  await byCount.deliver(updates(1, 2, 3, 4, 5), sent);
  assert.deepEqual(endpoint.requests, ['1 2', '3 4', '5']);
  assert.deepEqual(sent.acknowledged, ['2', '4', '5']);
  endpoint.received.length = 0;
  const bySize = openSink(t, endpoint.url, { maxBodyBytes: 1024 });
  const large = (name: string, length: number) => update(name, { content: 'ü'.repeat(length) });
  await bySize.deliver(
    [large('a', 100), large('b', 100), large('c', 100), large('d', 2000), large('e', 1)],
    control(),
  );
  assert.deepEqual(endpoint.requests, ['a b', 'c', 'd', 'e']);
  const sizes = endpoint.received.map(({ body }) => Buffer.byteLength(body));
  assert.ok(
    sizes.every((size, at) => size <= 1024 || at === 2),
    sizes.join(),
  );
});

test('requests run side by side up to the limit, and updates of one URL keep their order', async (t) => {
  const endpoint = await openEndpoint(t);
  const sink = openSink(t, endpoint.url, { concurrency: 3, updatesPerRequest: 1 });
  const held: (() => void)[] = [];
  let [underWay, most] = [0, 0];
  endpoint.answer = (_request, response) => {
    underWay += 1;
    most = Math.max(most, underWay);
    held.push(() => {
      underWay -= 1;
      response.writeHead(204).end();
    });
    // The first are held until there are three, and then the last to come is answered first.
    if (endpoint.received.length >= 3) for (const release of held.splice(0).reverse()) release();
  };
  const batch = Array.from({ length: 24 }, (_, at) => update(at % 8, { id: String(at).padStart(32, '0') }));
  const sent = control();
  await sink.deliver(batch, sent);
  assert.equal(most, 3);
  const ids = (name: string) =>
    endpoint.received.flatMap(({ body }) =>
      (JSON.parse(body) as { updates: { id: string; url: string }[] }).updates
        .filter(({ url }) => url.endsWith(`/${name}`))
        .map(({ id }) => Number(id)),
    );
  for (let name = 0; name < 8; name += 1) assert.deepEqual(ids(String(name)), [name, name + 8, name + 16]);
  assert.equal(sent.acknowledged.at(-1), '7');
});

test('the limit holds for an endpoint over all subscriptions', async (t) => {
  const endpoint = await openEndpoint(t);
  const clock = new FakeClock();
  const endpoints = new WebhookEndpoints(clock);
  const first = openSink(t, `${endpoint.url}?a`, {}, { endpoints, clock });
  const second = openSink(t, `${endpoint.url}?b`, {}, { endpoints, clock, subscription: 'other' });
  const third = openSink(t, `${endpoint.url}/c`, {}, { endpoints, clock });
  const held = Promise.withResolvers<() => void>();
  endpoint.answer = ({ names }, response) => {
    const release = () => response.writeHead(204).end();
    if (names[0] === 'a') held.resolve(release);
    else release();
  };
  const both = [first.deliver(updates('a'), control()), second.deliver(updates('b'), control())];
  const release = await held.promise;
  // Another path is another endpoint. Had the second not waited, it would have come before this one.
  await third.deliver(updates('c'), control());
  assert.deepEqual(endpoint.requests, ['a', 'c']);
  release();
  await Promise.all(both);
  assert.deepEqual(endpoint.requests, ['a', 'c', 'b']);
});

test('what was accepted is acknowledged when a later request fails, and only the rest is sent again', async (t) => {
  const endpoint = await openEndpoint(t);
  const sink = openSink(t, endpoint.url, { updatesPerRequest: 2 });
  const batch = updates(1, 2, 3, 4, 5);
  endpoint.answer = (request, response) => status(request.names.includes('3') ? 503 : 204)(request, response);
  const sent = control();
  await assert.rejects(sink.deliver(batch, sent), { code: 'sink-unavailable' });
  assert.deepEqual(sent.acknowledged, ['2']);
  endpoint.answer = status(204);
  await sink.deliver(batch.slice(2), sent);
  assert.deepEqual(endpoint.requests, ['1 2', '3 4', '3 4', '5']);
  assert.deepEqual(sent.acknowledged, ['2', '4', '5']);
  const deliveries = endpoint.received.map(({ headers }) => headers['bucketcast-delivery']);
  assert.match(String(deliveries[0]), /^[0-9a-f]{32}$/);
  assert.equal(deliveries[1], deliveries[2], 'the same request, sent again');
  assert.equal(new Set(deliveries).size, 3);
});

test('what was accepted beside a failure is acknowledged later without being sent again', async (t) => {
  const endpoint = await openEndpoint(t);
  const sink = openSink(t, endpoint.url, { concurrency: 8, updatesPerRequest: 1 });
  endpoint.answer = (request, response) => status(request.names.includes('1') ? 500 : 204)(request, response);
  const batch = updates(1, 2, 3, 4);
  const sent = control();
  await assert.rejects(sink.deliver(batch, sent), { code: 'sink-unavailable' });
  assert.deepEqual(sent.acknowledged, []);
  const before = endpoint.received.length;
  assert.ok(before > 1);
  endpoint.answer = status(204);
  await sink.deliver(batch, sent);
  assert.equal(sent.acknowledged.at(-1), '4');
  assert.deepEqual([...new Set(endpoint.requests)].toSorted(), ['1', '2', '3', '4']);
  assert.equal(endpoint.received.length, 5, endpoint.requests.join());
});
