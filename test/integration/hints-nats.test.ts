import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { connect } from '@nats-io/transport-node';
import type { Settings } from '../../src/config/settings.ts';
import { openNatsHints } from '../../src/hints/nats-hints.ts';
import { HintRig, silentServer } from '../hints/hint-rig.ts';
import { NatsServer, skipsWithoutNats } from '../support/nats.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const timeout = 20_000;

type NatsHintSettings = NonNullable<Settings['hints']['nats']>;

function node(
  t: TestContext,
  settings: Partial<NatsHintSettings> & { servers: string[] },
  options?: { connected?: boolean },
): Promise<HintRig> {
  return HintRig.start(t, (parts) => openNatsHints({ subject: 'hints', ...settings }, parts), options);
}

function nodes(t: TestContext, ...servers: string[]): Promise<[HintRig, HintRig]> {
  return Promise.all([node(t, { servers }), node(t, { servers })]);
}

test('hints by NATS reach the other node, as the bytes that were sent, and none comes back', {
  timeout,
}, async (t) => {
  if (skipsWithoutNats(t)) return;
  const server = await NatsServer.start(t);
  const [a, b] = await nodes(t, server.url);
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  a.send(bytes);
  await b.until(() => b.heard.length === 1);
  assert.deepEqual(Uint8Array.from(b.last), bytes);
  a.send('one', new Uint8Array(2 ** 20).fill(255), 'two');
  b.send('three');
  await b.until(() => b.heard.length === 4);
  assert.deepEqual(b.heard.slice(1), ['one', '1048576 bytes', 'two']);
  await a.until(() => a.heard.length > 0 && a.transport.snapshot().sent === 4);
  assert.deepEqual(a.heard, ['three']);
  assert.deepEqual(a.failures, []);
});

test('hints flow again after NATS was away, and what waited meanwhile goes, the newest of it', {
  timeout,
}, async (t) => {
  if (skipsWithoutNats(t)) return;
  const server = await NatsServer.start(t);
  const [a, b] = await nodes(t, server.url);
  await server.stop();
  await a.until(() => a.failures.length > 1 && b.failures.length > 1);
  const { connected, trouble } = a.transport.snapshot();
  assert.equal(connected, false);
  assert.match(trouble?.message ?? '', /^NATS at nats:\/\/127\.0\.0\.1:\d+ cannot be used/);
  a.send(...Array.from({ length: 1_000 }, (_, index) => `hint ${index}`));
  assert.equal(a.transport.snapshot().dropped, 744);
  await server.start();
  await b.until(() => b.transport.snapshot().connected);
  await a.until(() => a.transport.snapshot().sent === 256);
  assert.equal(a.recoveries, 1);
  assert.equal(a.transport.snapshot().trouble, undefined);
  b.send('end');
  await a.until(() => a.heard.includes('end'));
  a.send('end');
  await b.until(() => b.heard.includes('end'));
  const newest = new Set(Array.from({ length: 256 }, (_, index) => `hint ${744 + index}`));
  assert.deepEqual(
    b.heard.filter((hint) => !newest.has(hint)),
    ['end'],
  );
});

test('of several servers another one is taken when one is away', { timeout }, async (t) => {
  if (skipsWithoutNats(t)) return;
  const [first, second] = [await NatsServer.start(t), await NatsServer.start(t)];
  await first.stop();
  const [a, b] = await nodes(t, first.url, second.url);
  a.send('found');
  await b.until(() => b.heard.length === 1);
  await first.start();
  await second.stop();
  await a.until(
    () => a.transport.snapshot().connected && b.transport.snapshot().connected && a.recoveries > 0,
  );
  await b.until(() => b.recoveries > 0);
  b.send('again');
  await a.until(() => a.heard.length === 1);
});

test('wrong credentials, and a server that has no TLS, are told, and no password is shown', {
  timeout,
}, async (t) => {
  if (skipsWithoutNats(t)) return;
  const server = await NatsServer.start(t, '--user', 'mail', '--pass', 'right');
  const servers = [server.url];
  for (const [settings, says] of [
    [{ servers, user: 'mail', password: 'wr0ng' }, /Authorization.*credentials/s],
    [{ servers, token: 'wr0ng' }, /Authorization.*credentials/s],
    [{ servers }, /Authorization.*credentials/s],
    [{ servers: [server.url.replace('nats:', 'tls:')], user: 'mail', password: 'right' }, /tls.*no TLS/s],
  ] as const) {
    const stranger = await node(t, { ...settings, servers: [...settings.servers] }, { connected: false });
    await stranger.until(() => stranger.failures.length > 0);
    const [error] = stranger.failures;
    assert.match(`${error?.message} ${error?.hint}`, says);
    const shown = `${JSON.stringify(stranger.transport.snapshot())} ${error?.stack} ${JSON.stringify(error?.cause)}`;
    assert.doesNotMatch(shown, /wr0ng/);
    await stranger.transport.stop();
  }
  await node(t, { servers, user: 'mail', password: 'right' });
});

test('a user that may not publish goes on listening; what the server would not take is told', {
  timeout,
}, async (t) => {
  if (skipsWithoutNats(t)) return;
  const config = `authorization { users [
    { user: all, password: all },
    { user: listener, password: all, permissions: { publish: "other", subscribe: "hints" } },
    { user: sender, password: all, permissions: { publish: "hints", subscribe: "other" } } ] }`;
  const server = await NatsServer.start(t, '--config', configFile(config));
  const as = (user: string) => ({ servers: [server.url], user, password: 'all' });
  const [all, listener] = await Promise.all([node(t, as('all')), node(t, as('listener'))]);
  listener.send('refused');
  await listener.until(() => listener.failures.length > 0);
  assert.match(listener.transport.snapshot().trouble?.message ?? '', /Permissions Violation/);
  all.send('heard');
  await listener.until(() => listener.heard.length > 0);
  all.send(new Uint8Array(1_100_000));
  await all.until(() => all.failures.length > 0);
  assert.match(`${all.failures[0]?.message} ${all.failures[0]?.hint}`, /1048576.*max_payload/s);
  const sender = await node(t, as('sender'), { connected: false });
  await sender.until(() => sender.failures.length > 0);
  assert.match(`${sender.failures[0]?.message}`, /Permissions Violation/);
  assert.deepEqual(all.heard, []);
});

test('a subject may carry anything, and a flood', { timeout }, async (t) => {
  if (skipsWithoutNats(t)) return;
  const server = await NatsServer.start(t);
  const [a, b] = await nodes(t, server.url);
  const other = await connect({ servers: server.url });
  other.publish('hints', '');
  other.publish('hints', new Uint8Array(1_048_576));
  other.publish('hints', 'garbage', { reply: 'there' });
  await other.flush();
  await other.close();
  await b.until(() => b.heard.length === 3);
  a.send(...Array.from({ length: 5_000 }, (_, index) => `hint ${index}`));
  a.send('end');
  await b.until(() => b.heard.at(-1) === 'end');
  assert.deepEqual(b.heard.slice(0, 3), ['', '1048576 bytes', 'garbage']);
  await a.until(() => a.transport.snapshot().sent + a.transport.snapshot().dropped === 5_001);
  assert.ok(a.transport.snapshot().dropped > 0);
});

// In less than a server has to answer.
test('a stop does not wait for a server that says nothing', { timeout: 4_000 }, async (t) => {
  const silent = await silentServer(t);
  const stuck = await node(t, { servers: [`nats://127.0.0.1:${silent.port}`] }, { connected: false });
  await silent.reached;
  await stuck.transport.stop();
  assert.equal(stuck.transport.snapshot().connected, false);
  // It would hold this process.
  await silent.left;
});

test('a server that says nothing is given up, and no connection to it is kept', { timeout }, async (t) => {
  const silent = await silentServer(t);
  const stuck = await node(t, { servers: [`nats://127.0.0.1:${silent.port}`] }, { connected: false });
  await stuck.until(() => stuck.failures.length > 0);
  await silent.left;
});

test('what was announced right before a stop still goes, and nothing is heard after it', {
  timeout,
}, async (t) => {
  if (skipsWithoutNats(t)) return;
  const server = await NatsServer.start(t);
  const [a, b] = await nodes(t, server.url);
  const last = Array.from({ length: 200 }, (_, index) => `hint ${index}`);
  a.send(...last);
  await a.transport.stop();
  await b.until(() => b.heard.length === last.length);
  b.send('too late');
  await b.until(() => b.transport.snapshot().sent === 1);
  assert.deepEqual([a.heard, b.heard], [[], last]);
});

test('settings that fit to no NATS server are refused before anything starts', async () => {
  const parts = {} as never;
  for (const [settings, says] of [
    [{ servers: ['nats://me:wr0ng@host'] }, /servers\[0\].*\*\*\*@host/],
    [{ servers: ['nats://host', 'http://host'] }, /servers\[1\].*tls:/],
    [{ servers: ['nats://host/path'] }, /servers\[0\]/],
  ] as const) {
    const opening = openNatsHints({ subject: 'hints', ...settings, servers: [...settings.servers] }, parts);
    await assert.rejects(opening, (error: Error & { code?: string }) => {
      assert.equal(error.code, 'invalid-settings');
      assert.match(error.message, says);
      assert.doesNotMatch(error.message, /wr0ng/);
      return true;
    });
  }
});

function configFile(text: string): string {
  const path = join(temporaryDirectory(), 'nats.conf');
  writeFileSync(path, text);
  return path;
}
