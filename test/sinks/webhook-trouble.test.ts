import assert from 'node:assert/strict';
import { subscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { test } from 'node:test';
import { setDefaultCACertificates } from 'node:tls';
import type { WebhookExchange } from '../../metrics/webhook.ts';
import { WebhookEndpoints } from '../../src/sinks/webhook-endpoints.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { freePorts } from '../support/processes.ts';
import { control, failureOf, openEndpoint, openSink, status, updates } from './webhook-rig.ts';

test('an endpoint that keeps failing is left alone by all subscriptions, then tried by one request', async (t) => {
  const endpoint = await openEndpoint(t);
  const clock = new FakeClock();
  const endpoints = new WebhookEndpoints(clock);
  const rule = { breakAfter: 2, breakMs: 10_000 };
  const one = openSink(t, endpoint.url, rule, { endpoints, clock });
  const other = openSink(t, `${endpoint.url}?other`, rule, { endpoints, clock, subscription: 'other' });
  endpoint.answer = status(500);
  await assert.rejects(one.deliver(updates('a'), control()), { code: 'sink-unavailable' });
  assert.equal(endpoints.broken, 0);
  const second = await failureOf(one.deliver(updates('a'), control()));
  assert.equal(second.details['retryAfterMs'], 10_000);
  assert.equal(endpoints.broken, 1);
  await clock.advance(4000);
  const resting = await failureOf(other.deliver(updates('b'), control()));
  assert.equal(resting.details['retryAfterMs'], 6000);
  assert.match(resting.message, /is left alone for 6 s, since it answered 500/);
  assert.equal(endpoint.received.length, 2);

  await clock.advance(6000);
  const probe = Promise.withResolvers<() => void>();
  endpoint.answer = ({ names }, response) => {
    if (names[0] === 'a') probe.resolve(() => response.writeHead(204).end());
    else response.writeHead(204).end();
  };
  const tried = one.deliver(updates('a'), control());
  const release = await probe.promise;
  const waiting = other.deliver(updates('b'), control());
  assert.deepEqual(endpoint.requests, ['a', 'a', 'a']);
  release();
  await Promise.all([tried, waiting]);
  assert.equal(endpoints.broken, 0);
  assert.deepEqual(endpoint.requests, ['a', 'a', 'a', 'b']);
});

test('an endpoint that asks for time gets it from all subscriptions', async (t) => {
  const endpoint = await openEndpoint(t);
  const clock = new FakeClock();
  const endpoints = new WebhookEndpoints(clock);
  const one = openSink(t, endpoint.url, {}, { endpoints, clock });
  const other = openSink(t, endpoint.url, {}, { endpoints, clock, subscription: 'other' });
  const date = new Date(clock.now()).toUTCString();
  for (const headers of [
    { 'retry-after': '90' },
    { 'retry-after': new Date(clock.now() + 90_000).toUTCString(), date },
  ]) {
    endpoint.answer = status(503, headers);
    const error = await failureOf(one.deliver(updates('a'), control()));
    assert.equal(error.details['retryAfterMs'], 90_000);
    const count = endpoint.received.length;
    assert.equal((await failureOf(other.deliver(updates('b'), control()))).details['retryAfterMs'], 90_000);
    assert.equal(endpoint.received.length, count);
    await clock.advance(90_000);
  }
});

test('an endpoint that does not answer is given up after its time, and another goes on meanwhile', async (t) => {
  const [hanging, well] = [await openEndpoint(t), await openEndpoint(t)];
  const clock = new FakeClock();
  const endpoints = new WebhookEndpoints(clock);
  const came = Promise.withResolvers<void>();
  hanging.answer = () => came.resolve();
  const seen: WebhookExchange[] = [];
  const metrics = { observe: (exchange: WebhookExchange) => void seen.push(exchange) };
  const sink = openSink(t, hanging.url, { timeoutMs: 5000 }, { endpoints, clock, metrics });
  const other = openSink(t, well.url, {}, { endpoints, clock });
  const failure = failureOf(sink.deliver(updates('a'), control()));
  await came.promise;
  await other.deliver(updates('b'), control());
  await clock.advance(5000);
  assert.match((await failure).message, /did not answer within 5 s$/);
  assert.deepEqual(seen, [{ result: 'timeout', seconds: 5 }]);
  assert.equal(clock.pending, 0);
  await hanging.deserted();
});

test('an answer that stops in its middle counts by its status once its time is over', async (t) => {
  const endpoint = await openEndpoint(t);
  const sink = openSink(t, endpoint.url, { timeoutMs: 5000 });
  endpoint.answer = (_request, response) => {
    response.writeHead(200).write('so far');
  };
  const begun = new Promise((resolve) => subscribe('undici:request:headers', resolve));
  const delivered = sink.deliver(updates('a'), control());
  await begun;
  await sink.clock.until(() => sink.clock.pending === 0);
  await delivered;
});

test('an abort ends a delivery at once, also before there is a connection', async (t) => {
  const endpoint = await openEndpoint(t);
  const came = Promise.withResolvers<void>();
  endpoint.answer = () => came.resolve();
  const sink = openSink(t, endpoint.url);
  const sent = control();
  const failure = failureOf(sink.deliver(updates('a'), sent));
  await came.promise;
  sent.abort();
  assert.equal((await failure).code, 'closed');

  const asked = Promise.withResolvers<void>();
  const lookup = () => asked.resolve();
  const waiting = openSink(t, 'http://hooks.example/', { allowPrivate: false }, { lookup });
  const other = control();
  const unanswered = failureOf(waiting.deliver(updates('a'), other));
  await asked.promise;
  other.abort();
  assert.equal((await unanswered).code, 'closed');
  assert.equal(waiting.clock.pending, 0);
});

test('closing ends what is under way and leaves no connection', async (t) => {
  const endpoint = await openEndpoint(t);
  const idle = openSink(t, endpoint.url);
  await idle.deliver(updates('a'), control());
  await idle.close();
  await endpoint.deserted();

  const sink = openSink(t, endpoint.url);
  const came = Promise.withResolvers<void>();
  endpoint.answer = () => came.resolve();
  const failure = failureOf(sink.deliver(updates('b'), control()));
  await came.promise;
  await sink.close();
  assert.equal((await failure).code, 'closed');
  await endpoint.deserted();
  await sink.close();
});

test('who cannot be reached, or speaks no HTTP, is told plainly', async (t) => {
  const port = await freePorts();
  const nobody = openSink(t, `http://127.0.0.1:${port}/`);
  const refused = await failureOf(nobody.deliver(updates('a'), control()));
  assert.equal(refused.message, `http://127.0.0.1:${port} refuses the connection (ECONNREFUSED)`);

  const noise = createTcpServer((socket) => socket.on('error', () => {}).end('SSH-2.0-x\r\n\r\n'));
  await new Promise<void>((resolve) => noise.listen(0, '127.0.0.1', resolve));
  t.after(() => noise.close());
  const { port: other } = noise.address() as { port: number };
  const strange = await failureOf(openSink(t, `http://127.0.0.1:${other}/`).deliver(updates('a'), control()));
  assert.match(strange.message, /answers with something other than HTTP \(/);
});

test('TLS: a certificate that is not trusted is told, one that is trusted works', async (t) => {
  const file = (name: string) =>
    readFileSync(new URL(`../fixtures/tls/${name}.pem`, import.meta.url), 'utf8');
  const endpoint = await openEndpoint(t, createTlsServer({ key: file('key'), cert: file('certificate') }));
  const url = `https://localhost:${endpoint.port}/`;
  const error = await failureOf(openSink(t, url).deliver(updates('a'), control()));
  assert.match(error.message, /has a TLS certificate that this machine does not trust/);
  assert.match(error.hint ?? '', /NODE_EXTRA_CA_CERTS/);
  setDefaultCACertificates([file('certificate')]);
  await openSink(t, url).deliver(updates('b'), control());
  assert.deepEqual(endpoint.requests, ['b']);
  const plain = await failureOf(
    openSink(t, `http://127.0.0.1:${endpoint.port}/`).deliver(updates('a'), control()),
  );
  assert.match(plain.message, /broke the connection off|something other than HTTP/);
});
