import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { SettingsInput } from '../../src/config/settings.ts';
import { createPublisher } from '../../src/create-publisher.ts';
import { encodeHint, type Hint, parseHint, signHint } from '../../src/hints/hint.ts';
import type { BucketcastNode } from '../../src/node.ts';
import { HintBus } from '../hints/hint-bus.ts';
import { NodeRig } from './node-rig.ts';

const MINUTE = 60_000;
const [ours, others] = ['ours', 'others'].map((id, index) => ({ id, secret: `${index + 1}`.repeat(64) }));
const sealed: SettingsInput['encryption'] = { keys: [ours!], active: 'ours', required: true };
const readerSettings = { poll: { maxMs: 10_000 }, hints: { maxPollMs: MINUTE } };

/** A publisher that only writes, a node that only reads, and a bus between them; only the node GETs and LISTs. */
async function fleetOf(t: TestContext, encryption: SettingsInput['encryption'] = {}) {
  const rig = new NodeRig(t);
  const bus = new HintBus();
  const hinted = () => rig.components({ hintTransports: [bus.transport()] });
  const publisher = await rig.wait(createPublisher({ server: 'a', encryption }, hinted()));
  t.after(() => rig.wait(publisher.stop()));
  const node = await rig.started('b', { ...readerSettings, encryption }, hinted());
  const urls = await rig.reads(node);
  await rig.wait(node.idle());
  await rig.clock.advance(10 * MINUTE);
  rig.requests = [];
  const publish = (url: string) => rig.wait(publisher.publish({ url }));
  const asked = () => {
    const counted = { get: 0, list: 0, head: 0 };
    for (const { call } of rig.requests) if (call in counted) counted[call as keyof typeof counted] += 1;
    rig.requests = [];
    return counted;
  };
  return { rig, bus, node, urls, publish, asked, publisher };
}

const heard = (node: BucketcastNode) => node.snapshot().hints?.heard;
const decoded = (bytes: Uint8Array | undefined) => parseHint(bytes ?? new Uint8Array()) as Hint;

describe('a signed hint', () => {
  it('with its segment inside is delivered without a GET and without a LIST', async (t) => {
    const { rig, node, urls, publish, asked } = await fleetOf(t, sealed);
    await publish('one');
    await publish('two');
    await rig.clock.until(() => urls.length === 2);
    assert.deepEqual(urls, ['one', 'two']);
    assert.deepEqual(asked(), { get: 0, list: 0, head: 0 });
    assert.equal(heard(node)?.believed, 2);
    assert.equal(node.snapshot().hints?.inline.served, 2);
    await rig.wait(node.idle());
    assert.deepEqual(urls, ['one', 'two'], 'the position moved as it does otherwise');
    assert.deepEqual(asked(), { get: 0, list: 1, head: 0 });
  });

  it('without its segment costs a GET, and no LIST', async (t) => {
    const { rig, bus, urls, publish, asked } = await fleetOf(t, sealed);
    bus.carry = (hint) => {
      const { segment: _, ...bare } = decoded(hint);
      return [encodeHint(bare)];
    };
    await publish('one');
    await rig.clock.until(() => urls.length === 1);
    assert.deepEqual(asked(), { get: 1, list: 0, head: 0 });
  });

  it('that is lost costs time until the next poll; doubled, late or repeated it changes nothing', async (t) => {
    const { rig, bus, node, urls, publish, asked } = await fleetOf(t, sealed);
    bus.carry = () => [];
    for (const url of ['one', 'two', 'three']) await publish(url);
    const [first, second, third] = bus.sent;
    bus.tell(third!);
    await rig.clock.until(() => urls.length === 3);
    assert.deepEqual(urls, ['one', 'two', 'three']);
    assert.deepEqual(asked(), { get: 2, list: 0, head: 0 });
    for (const late of [second, first, third, third, first]) bus.tell(late!);
    await rig.clock.advance(1000);
    assert.deepEqual([urls.length, asked()], [3, { get: 0, list: 0, head: 0 }]);
    assert.equal(heard(node)?.known, 5);
    await publish('four');
    await rig.clock.until(() => urls.length === 4, 2 * MINUTE);
    assert.deepEqual(asked(), { get: 1, list: 1, head: 0 });
  });

  it('whose segment was altered, or is another one, has it fetched from the bucket', async (t) => {
    const { rig, bus, node, urls, publish, asked } = await fleetOf(t, sealed);
    const bad: ((hint: Hint) => Uint8Array)[] = [
      ({ segment }) => segment!.bytes.map((byte, at) => (at === 90 ? byte ^ 1 : byte)),
      () => decoded(bus.sent[0]).segment!.bytes,
      () => Buffer.from('no segment at all'),
    ];
    await publish('zero');
    await rig.clock.until(() => urls.length === 1);
    asked();
    for (const [index, alter] of bad.entries()) {
      bus.carry = (bytes) => {
        const hint = decoded(bytes);
        return [encodeHint({ ...hint, segment: { ...hint.segment!, bytes: alter(hint) } })];
      };
      await publish(`${index}`);
      await rig.clock.until(() => urls.length === index + 2);
      assert.deepEqual(asked(), { get: 1, list: 0, head: 0 });
    }
    assert.deepEqual(urls, ['zero', '0', '1', '2']);
    assert.equal(node.snapshot().hints?.inline.refused, 3);
    assert.equal(node.snapshot().deadLetters.count, 0);
  });

  it('that claims more than may be believed unseen causes a poll, and is not waited for', async (t) => {
    const { rig, bus, node, urls, publish, asked } = await fleetOf(t, sealed);
    await publish('one');
    await rig.clock.until(() => urls.length === 1);
    asked();
    const { fleetId, writer } = decoded(bus.sent[0]);
    const keys = {
      ring: [{ id: 'ours', secret: Buffer.from(ours!.secret, 'hex') }],
      active: 'ours',
      required: true,
    };
    bus.tell(
      encodeHint(signHint({ fleetId, writer, lanes: [{ next: 10 ** 9, oldest: 0 }] }, { fleetId, keys })),
    );
    await rig.clock.advance(1000);
    assert.equal(heard(node)?.polled, 1);
    assert.deepEqual(asked(), { get: 0, list: 2, head: 0 });
    await publish('two');
    await rig.clock.until(() => urls.length === 2);
  });
});

describe('a hint that nobody has to believe', () => {
  it('without keys comes when a poll can find what it tells of, and costs a LIST and a GET', async (t) => {
    const { rig, bus, node, urls, publish, asked } = await fleetOf(t);
    await publish('one');
    await rig.clock.until(() => urls.length === 1, 1000);
    assert.deepEqual(asked(), { get: 1, list: 1, head: 0 });
    assert.equal(decoded(bus.sent[0]).segment, undefined);
    assert.equal(heard(node)?.polled, 1);
  });

  it('forged by the hundred costs no more polls than hints may cause, and delivers nothing', async (t) => {
    const { rig, bus, node, urls, asked, publish } = await fleetOf(t, sealed);
    await publish('one');
    await rig.clock.until(() => urls.length === 1);
    asked();
    const hint = decoded(bus.sent[0]);
    const secret = Buffer.from(others!.secret, 'hex');
    const sign = (id: string) =>
      signHint(
        { ...hint, lanes: [{ next: 2, oldest: 0 }] },
        { fleetId: hint.fleetId, keys: { ring: [{ id, secret }], active: id, required: true } },
      );
    const { mac: _, ...unsigned } = hint;
    for (let second = 0; second < 60; second += 1) {
      bus.tell(encodeHint(sign('ours')));
      bus.tell(encodeHint(sign('others')));
      bus.tell(encodeHint({ ...unsigned, lanes: [{ next: 2 + second, oldest: 0 }] }));
      bus.tell(encodeHint({ ...unsigned, writer: hint.writer.replace('a~', 'zz~') }));
      bus.tell(encodeHint({ ...hint, fleetId: 'f'.repeat(32) }));
      bus.tell(Buffer.from('nonsense'));
      await rig.clock.advance(1000);
    }
    const { forged, foreign, malformed, polled = 0 } = heard(node) ?? {};
    assert.deepEqual({ forged, foreign, malformed }, { forged: 60, foreign: 60, malformed: 60 });
    assert.ok(polled > 0);
    const { get, list } = asked();
    assert.equal(get, 0);
    assert.ok(list <= 60 * 3, `${list} polls in a minute`);
    assert.deepEqual(urls, ['one']);
  });
});

describe('what an idle node asks for', () => {
  const listsInAnHour = async (
    t: TestContext,
    transports: boolean,
    { connected = true, listens = true } = {},
  ) => {
    const rig = new NodeRig(t);
    const bus = new HintBus();
    bus.isConnected = connected;
    bus.listens = listens;
    const components = rig.components(transports ? { hintTransports: [bus.transport()] } : {});
    const node = await rig.started('b', readerSettings, components);
    await rig.reads(node);
    await rig.wait(node.idle());
    await rig.clock.advance(10 * MINUTE);
    rig.requests = [];
    await rig.clock.advance(60 * MINUTE);
    assert.ok(rig.requests.every(({ call }) => call === 'list'));
    return rig.requests.length;
  };

  it('is a LIST a minute while hints come in, and six without them, or while they cannot come', async (t) => {
    const [hinted, bare, away, deaf] = [
      await listsInAnHour(t, true),
      await listsInAnHour(t, false),
      await listsInAnHour(t, true, { connected: false }),
      await listsInAnHour(t, true, { listens: false }),
    ];
    assert.ok(hinted >= 60 && hinted <= 75, `${hinted}`);
    for (const many of [bare, away, deaf]) assert.ok(many >= 360 && many <= 450, `${many}`);
  });

  it('is six again once a poll finds what no hint has told, until hints tell again', async (t) => {
    const { rig, bus, urls, publish, asked } = await fleetOf(t, sealed);
    bus.carry = () => [];
    await publish('untold');
    await rig.clock.until(() => urls.length === 1, 2 * MINUTE);
    await rig.clock.advance(MINUTE);
    asked();
    await rig.clock.advance(20 * MINUTE);
    assert.ok(asked().list >= 120, 'none has told anything since');
    bus.carry = (hint) => [hint];
    await publish('told');
    await rig.clock.until(() => urls.length === 2);
    await rig.clock.advance(2 * MINUTE);
    asked();
    await rig.clock.advance(20 * MINUTE);
    assert.ok(asked().list <= 26);
  });

  it('is more again as soon as hints do not get through, and what was said meanwhile is found when they do', async (t) => {
    const { rig, bus, node, urls, publish, asked } = await fleetOf(t, sealed);
    bus.isConnected = false;
    bus.carry = () => [];
    node.events.emit('hints-failed', { transport: 'bus', error: new Error('gone') });
    await rig.clock.advance(1000);
    assert.equal(asked().list, 1);
    await rig.clock.advance(10 * MINUTE);
    assert.ok(asked().list >= 60);
    await publish('meanwhile');
    bus.isConnected = true;
    node.events.emit('hints-recovered', { transport: 'bus' });
    await rig.clock.until(() => urls.length === 1, 2000);
  });
});

it("a node's own updates reach its own subscriptions without a poll, and its own hints are ignored", async (t) => {
  const rig = new NodeRig(t);
  const bus = new HintBus();
  const settings = { ...readerSettings, encryption: sealed };
  const node = await rig.started('a', settings, rig.components({ hintTransports: [bus.transport()] }));
  const urls: string[] = [];
  const deliver = (updates: readonly { url: string }[]) => void urls.push(...updates.map(({ url }) => url));
  await rig.wait(node.subscribe({ name: 'all', includeOwn: true }, deliver));
  await rig.wait(node.idle());
  await rig.clock.advance(10 * MINUTE);
  rig.requests = [];
  await rig.wait(node.publish({ url: 'mine' }));
  await rig.clock.until(() => urls.length === 1);
  assert.deepEqual(
    rig.requests.filter(({ call }) => call === 'get' || call === 'list'),
    [],
  );
  assert.equal(heard(node)?.own, 1);
});

it("the store's notification of a signed tip is believed, and of any other key of the log a poll", async (t) => {
  const { rig, bus, node, urls, publish, asked, publisher } = await fleetOf(t, sealed);
  bus.carry = () => [];
  await publish('one');
  await rig.wait(publisher.flush());
  const key = [...rig.requests]
    .reverse()
    .find(({ call, key: put }) => call === 'put' && put.includes('/tips/'));
  assert.ok(key);
  asked();
  bus.written([key.key]);
  await rig.clock.until(() => urls.length === 1);
  assert.deepEqual(asked(), { get: 1, list: 0, head: 0 });
  await publish('two');
  await rig.wait(publisher.flush());
  const put = [...rig.requests]
    .reverse()
    .find(({ call, key: name }) => call === 'put' && name.includes('/log/'));
  bus.written([put?.key ?? '', 'somebody/else.txt', 'v1/tips/~/nonsense']);
  await rig.clock.until(() => urls.length === 2, 2000);
  assert.equal(heard(node)?.foreign, 1);
});
