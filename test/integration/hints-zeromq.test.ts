import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Publisher, Subscriber } from 'zeromq';
import { HintFrames } from '../../src/hints/hint-frames.ts';
import { openZeromqHints } from '../../src/hints/zeromq-hints.ts';
import { HintRig, silentServer } from '../hints/hint-rig.ts';
import { end, freePorts } from '../support/processes.ts';

const timeout = 20_000;
const secret = 'a secret of sixteen and more';

interface Wiring {
  readonly bind?: string;
  readonly connect?: string[];
  readonly secret?: string;
}

async function endpoints(count: number): Promise<string[]> {
  const first = await freePorts(count);
  return Array.from({ length: count }, (_, index) => `tcp://127.0.0.1:${first + index}`);
}

function node(t: TestContext, wiring: Wiring, options?: { connected?: boolean }): Promise<HintRig> {
  return HintRig.start(t, (parts) => openZeromqHints({ connect: [], ...wiring }, parts), options);
}

/** Sends the hint until it has been heard: who has only just begun to listen hears nothing of what was before. */
async function reach(from: HintRig, to: HintRig, hint: string): Promise<void> {
  const before = to.heard.length;
  await to.until(() => {
    if (!to.heard.slice(before).includes(hint)) from.send(hint);
    return to.heard.slice(before).includes(hint);
  });
}

async function pair(t: TestContext, key?: string): Promise<[HintRig, HintRig]> {
  const [a, b] = (await endpoints(2)) as [string, string];
  const shared = key === undefined ? {} : { secret: key };
  const rigs = await Promise.all([
    node(t, { bind: a, connect: [b], ...shared }, { connected: false }),
    node(t, { bind: b, connect: [a], ...shared }, { connected: false }),
  ]);
  await reach(rigs[0], rigs[1], 'first');
  await reach(rigs[1], rigs[0], 'first');
  return rigs;
}

test('hints by ZeroMQ reach the other node, as the bytes that were sent, and none comes back', {
  timeout,
}, async (t) => {
  const [a, b] = await pair(t, secret);
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  a.send('one', new Uint8Array(2 ** 20).fill(255), bytes);
  await b.until(() => b.heard.at(-1) === '256 bytes');
  assert.deepEqual(b.heard.slice(-3), ['one', '1048576 bytes', '256 bytes']);
  assert.deepEqual(Uint8Array.from(b.last), bytes);
  assert.deepEqual(new Set(a.heard), new Set(['first']));
  const { connected, dropped, refused, trouble } = a.transport.snapshot();
  assert.deepEqual(
    { connected, dropped, refused, trouble },
    { connected: true, dropped: 0, refused: 0, trouble: undefined },
  );
});

test('hints with another secret, or none, are refused, counted and told, and right ones still heard', {
  timeout,
}, async (t) => {
  const [bind, other] = (await endpoints(2)) as [string, string];
  const announcer = new Publisher({ linger: 0 });
  t.after(() => announcer.close());
  await announcer.bind(bind);
  const listener = await node(t, { connect: [bind], secret });
  const right = new HintFrames(secret).write(Buffer.from('right'));
  const [hint, mac] = right as [Uint8Array, Uint8Array];
  const wrong = [
    new HintFrames('another secret of the same kind').write(hint),
    new HintFrames(undefined).write(hint),
    [hint],
    [hint, mac.subarray(1)],
    [Buffer.from('other'), mac],
    [hint, mac, mac],
    [Buffer.alloc(0)],
  ];
  while (listener.heard.length === 0) {
    await announcer.send(right);
    await listener.until(() => true);
    await new Promise((resolve) => setImmediate(resolve));
  }
  for (const frames of wrong) await announcer.send(frames);
  await listener.until(() => listener.transport.snapshot().refused === wrong.length);
  assert.deepEqual(new Set(listener.heard), new Set(['right']));
  const { trouble, connected } = listener.transport.snapshot();
  assert.match(trouble?.message ?? '', /another secret/);
  assert.equal(connected, false, 'polls must not be rare for what nobody can believe');
  assert.equal(listener.failures.length, 1);
  await announcer.send(right);
  await listener.until(() => listener.transport.snapshot().trouble === undefined);
  assert.equal(listener.transport.snapshot().connected, true);
  // Who asks for no secret hears those with one, too.
  const open = await node(t, { bind: other, connect: [bind] });
  while (!open.heard.includes('right')) {
    await announcer.send(right);
    await new Promise((resolve) => setImmediate(resolve));
  }
});

test('a server that was killed and comes back is heard again', { timeout }, async (t) => {
  const [bind, own] = (await endpoints(2)) as [string, string];
  const listener = await node(t, { bind: own, connect: [bind], secret }, { connected: false });
  await listener.until(() => listener.failures.length > 0);
  assert.match(listener.transport.snapshot().trouble?.message ?? '', /^ZeroMQ at tcp:.* is not connected/);
  const first = announcing(t, bind);
  await listener.until(() => listener.heard.length > 0 && listener.transport.snapshot().connected);
  assert.equal(listener.transport.snapshot().trouble, undefined);
  await end(first, 'SIGKILL');
  await listener.until(() => !listener.transport.snapshot().connected);
  const heard = listener.heard.length;
  const second = announcing(t, bind);
  await listener.until(() => listener.heard.length > heard);
  second.stdin?.end('stop\n');
  // It ends by itself: nothing keeps it.
  assert.deepEqual(await once(second, 'exit'), [0, null]);
});

test('one server that is away hinders none of the others, and is named', { timeout }, async (t) => {
  const [a, b, away] = (await endpoints(3)) as [string, string, string];
  const announcer = await node(t, { bind: a });
  assert.equal(announcer.transport.snapshot().listens, false, 'whoever connects to nobody hears of nothing');
  const listener = await node(t, { bind: b, connect: [a, away] }, { connected: false });
  await reach(announcer, listener, 'heard');
  await listener.until(() => listener.failures.length > 0);
  assert.ok(listener.transport.snapshot().trouble?.message.includes(away));
  assert.equal(listener.transport.snapshot().connected, false);
  const late = await node(t, { bind: away }, { connected: false });
  await listener.until(() => listener.transport.snapshot().connected);
  assert.equal(listener.transport.snapshot().trouble, undefined);
  await reach(late, listener, 'heard as well');
});

test('a flood drops what is too much, and a server that takes nothing hinders none of the others', {
  timeout,
}, async (t) => {
  const [bind, own] = (await endpoints(2)) as [string, string];
  const announcer = await node(t, { bind }, { connected: false });
  const stuck = new Subscriber({ linger: 0, receiveHighWaterMark: 1 });
  t.after(() => stuck.close());
  stuck.subscribe();
  stuck.connect(bind);
  const listener = await node(t, { bind: own, connect: [bind] });
  await reach(announcer, listener, 'first');
  for (let round = 0; round < 5; round += 1) {
    announcer.send(...Array.from({ length: 1_000 }, () => new Uint8Array(10_000)));
    await reach(announcer, listener, `end ${round}`);
  }
  const { dropped } = announcer.transport.snapshot();
  assert.ok(dropped >= 5 * 700 && dropped < 5_000, String(dropped));
});

test('garbage on the port hinders nobody, and a stop is quick beside a server that does not answer', {
  timeout,
}, async (t) => {
  const silent = await silentServer(t);
  const [a, b] = (await endpoints(2)) as [string, string];
  const announcer = await node(t, { bind: a }, { connected: false });
  const response = fetch(a.replace('tcp:', 'http:')).catch(() => undefined);
  const connect = [`tcp://127.0.0.1:${silent.port}`, a];
  const listener = await node(t, { bind: b, connect }, { connected: false });
  await silent.reached;
  await reach(announcer, listener, 'heard');
  announcer.send(...Array.from({ length: 5 }, () => new Uint8Array(2 ** 20)), 'last');
  await announcer.transport.stop();
  await listener.until(() => listener.heard.at(-1) === 'last');
  await listener.transport.stop();
  assert.equal(listener.transport.snapshot().connected, false);
  await response;
  // The port is free at once.
  await (await openZeromqHints({ bind: a, connect: [] }, listener.parts)).stop();
});

test('an endpoint that is none, or taken, or somebody else’s, is refused before anything starts', async (t) => {
  const [taken] = (await endpoints(1)) as [string];
  const { parts } = await node(t, { bind: taken }, { connected: false });
  for (const [wiring, code, says] of [
    [{ bind: '127.0.0.1:7481' }, 'invalid-settings', /bind: expected tcp:/],
    [{ connect: ['tcp://host:99999'] }, 'invalid-settings', /connect\[0\]/],
    [{ connect: ['tcp://host:1', 'tcp://host:7481/x'] }, 'invalid-settings', /connect\[1\]/],
    [{ bind: 'tcp://192.0.2.1:7481' }, 'invalid-settings', /bind: cannot listen/],
    [{ bind: 'tcp://nosuch.invalid:7481' }, 'invalid-settings', /bind: cannot listen/],
    [{ bind: taken }, 'address-taken', /another process listens at/],
  ] as const) {
    const opening = openZeromqHints(
      { ...wiring, connect: [...('connect' in wiring ? wiring.connect : [])] },
      parts,
    );
    await assert.rejects(opening, (error: Error & { code?: string }) => {
      assert.equal(error.code, code);
      assert.match(error.message, says);
      return true;
    });
  }
});

function announcing(t: TestContext, bind: string): ChildProcess {
  const script = join(import.meta.dirname, '../hints/announcing.ts');
  const child = spawn(process.execPath, [script, bind, secret], { stdio: ['pipe', 'inherit', 'inherit'] });
  t.after(() => end(child));
  return child;
}
