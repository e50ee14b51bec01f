import assert from 'node:assert/strict';
import type { LookupFunction } from 'node:net';
import { test } from 'node:test';
import { control, failureOf, openEndpoint, openSink, updates } from './webhook-rig.ts';

/** Resolves every name to the next of these; `asked` counts. */
function names(...answers: readonly (readonly string[])[]) {
  const asked: string[] = [];
  const lookup: LookupFunction = (hostname, _options, callback) => {
    const addresses = answers[Math.min(asked.length, answers.length - 1)] ?? [];
    asked.push(hostname);
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return { asked, lookup };
}

test('a private address in the settings is refused at once, unless it is allowed', (t) => {
  const urls = [
    'http://127.0.0.1/',
    'http://localhost:8080/',
    'https://[::1]/',
    'http://169.254.169.254/',
    'http://0x7f.1/',
  ];
  for (const url of urls) {
    assert.throws(() => openSink(t, url, { allowPrivate: false }), {
      code: 'invalid-settings',
      message: /^subscriptions\.mail\.sink\.url: .* is an address of this machine or its network$/,
      hint: /allowPrivate: true/,
    });
    openSink(t, url);
  }
});

test('what cannot be a URL or a header is refused at once, without being shown', (t) => {
  for (const [url, headers] of [
    ['http://', {}],
    ['https://hooks secret.example/', {}],
    ['https://u:%zz@hooks.example/', {}],
    ['https://hooks.example/', { 'Content-Length': 'secret' }],
    ['https://hooks.example/', { 'bucketcast-signature': 'secret' }],
    ['https://hooks.example/', { 'x-token': 'secret\r\nx: y' }],
  ] as const) {
    assert.throws(
      () => openSink(t, url, { headers, allowPrivate: false }),
      (error: Error & { code?: string }) =>
        error.code === 'invalid-settings' && !error.message.includes('secret'),
      url,
    );
  }
});

test('a name that resolves to a private address is not connected to', async (t) => {
  const endpoint = await openEndpoint(t);
  const url = `http://hooks.example:${endpoint.port}/hook`;
  for (const addresses of [
    ['127.0.0.1'],
    ['::ffff:127.0.0.1'],
    ['8.8.8.8', '10.0.0.1'],
    ['64:ff9b::7f00:1'],
  ]) {
    const { lookup } = names(addresses);
    const sink = openSink(t, url, { allowPrivate: false }, { lookup });
    const error = await failureOf(sink.deliver(updates('a'), control()));
    assert.match(
      error.message,
      /is not connected to: .* which hooks\.example resolves to, is an address of this machine/,
    );
    assert.match(error.hint ?? '', /allowPrivate/);
    assert.equal(error.code, 'sink-unavailable');
  }
  assert.equal(endpoint.received.length, 0);
  const { lookup } = names(['127.0.0.1']);
  await openSink(t, url, { allowPrivate: true }, { lookup }).deliver(updates('a'), control());
  assert.equal(endpoint.received.length, 1);
});

test('the address that was checked is the one connected to: a second answer is checked anew', async (t) => {
  const endpoint = await openEndpoint(t);
  // The first is a public address that nobody has been given, so nothing comes of it.
  const { lookup, asked } = names(['2000::1'], ['127.0.0.1']);
  const settings = { allowPrivate: false, timeoutMs: 50 };
  const sink = openSink(t, `http://hooks.example:${endpoint.port}/`, settings, { lookup });
  const first = await failureOf(sink.deliver(updates('a'), control()));
  assert.doesNotMatch(first.message, /resolves to/);
  const second = await failureOf(sink.deliver(updates('a'), control()));
  assert.match(second.message, /127\.0\.0\.1, which hooks\.example resolves to/);
  assert.deepEqual(asked, ['hooks.example', 'hooks.example']);
  assert.equal(endpoint.received.length, 0);
});
