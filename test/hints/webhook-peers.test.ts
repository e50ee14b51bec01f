import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { Emitter } from '../../src/base/emitter.ts';
import { systemRandom } from '../../src/base/random.ts';
import { openWebhookHints } from '../../src/hints/webhook-hints.ts';
import { freePorts } from '../support/processes.ts';
import { Peer, type Received, secret, WebhookRig } from './webhook-rig.ts';

const hint = (text: string) => Buffer.from(text);
const timeout = 10_000;

describe('hints to other nodes', () => {
  it('are posted to the /hints of each, with the secret', { timeout }, async (t) => {
    const [one, two] = [await Peer.start(t), await Peer.start(t)];
    const rig = await WebhookRig.start(t, { peers: [one.url, `${two.url}/proxied/`] });
    rig.hints.send(hint('first'));
    await Promise.all([one.got(1), two.got(1)]);
    const [{ path, headers, body }] = one.received as [Received];
    assert.deepEqual([path, body], ['/hints', 'first']);
    assert.equal(headers['content-type'], 'application/vnd.bucketcast.hint');
    assert.equal(headers.authorization, `Bearer ${secret}`);
    assert.equal(two.received[0]?.path, '/proxied/hints');
    await rig.hints.stop();
    const { connected, sent, dropped, trouble } = rig.hints.snapshot();
    assert.deepEqual(
      { connected, sent, dropped, trouble },
      { connected: false, sent: 2, dropped: 0, trouble: undefined },
    );
  });

  it('wait while a node is away, and the oldest of too many go', { timeout }, async (t) => {
    const peer = await Peer.start(t);
    peer.status = 503;
    const rig = await WebhookRig.start(t, { peers: [peer.url] });
    rig.hints.send(hint('0'));
    await rig.until(() => rig.failed.length === 1);
    for (let number = 1; number <= 100; number += 1) rig.hints.send(hint(String(number)));
    assert.equal(peer.received.length, 1);
    assert.match(rig.hints.snapshot().trouble?.message ?? '', /^http:\/\/127\.0\.0\.1:\d+ answered 503/);
    assert.equal(rig.hints.snapshot().connected, false);

    peer.status = 202;
    await rig.clock.advance(250);
    await rig.until(() => rig.recovered.length === 1);
    await peer.got(65);
    const [, ...others] = peer.bodies;
    assert.deepEqual(
      others.toSorted((a, b) => Number(a) - Number(b)),
      Array.from({ length: 64 }, (_, index) => String(index + 37)),
    );
    assert.equal(others[0], '37');
    assert.equal(rig.hints.snapshot().dropped, 37);
  });

  it('that are too large to wait together go, too', { timeout }, async (t) => {
    const rig = await WebhookRig.start(t, { peers: [`http://127.0.0.1:${await freePorts()}`] });
    rig.hints.send(hint('0'));
    await rig.until(() => rig.failed.length === 1);
    for (let number = 0; number < 5; number += 1) rig.hints.send(Buffer.alloc(1_000_000));
    assert.equal(rig.hints.snapshot().dropped, 2);
    assert.match(String(rig.failed[0]?.error), /cannot be reached \(ECONNREFUSED\)/);
    assert.equal(rig.failed[0]?.retryInMs !== undefined && rig.failed[0].retryInMs <= 250, true);
  });

  it('that a node refuses are not sent again, and say why', { timeout }, async (t) => {
    const peer = await Peer.start(t);
    peer.status = 401;
    const rig = await WebhookRig.start(t, { peers: [peer.url] });
    rig.hints.send(hint('refused'));
    await rig.until(() => rig.failed.length === 1);
    const { error, transport } = rig.failed[0] as (typeof rig.failed)[0];
    assert.equal(transport, `webhook to ${peer.url}`);
    assert.match(JSON.stringify(error), /hints\.webhook\.secret has to be the same/);
    assert.doesNotMatch(JSON.stringify([rig.failed, rig.hints.snapshot()]), new RegExp(secret));
    peer.status = 202;
    await rig.clock.advance(60_000);
    rig.hints.send(hint('next'));
    await rig.until(() => rig.recovered.length === 1);
    assert.deepEqual(peer.bodies, ['refused', 'next']);
    assert.equal(rig.hints.snapshot().dropped, 1);
  });

  it('reach the others while one does not answer, and a stop does not wait for it', {
    timeout,
  }, async (t) => {
    const [silent, quick] = [await Peer.start(t), await Peer.start(t)];
    silent.status = 0;
    const rig = await WebhookRig.start(t, { peers: [silent.url, quick.url] });
    for (const text of ['1', '2', '3', '4', '5', '6']) rig.hints.send(hint(text));
    await Promise.all([silent.got(4), quick.got(6)]);
    assert.equal(silent.received.length, 4);
    await rig.clock.advance(5000);
    await rig.until(() => rig.failed.length === 1);
    assert.match(String(rig.failed[0]?.error), /did not answer within 5 s/);
    assert.equal(rig.hints.snapshot().connected, true);
    await rig.hints.stop();
    rig.hints.send(hint('late'));
    assert.equal(quick.received.length, 6);
  });

  it('that were announced right before a stop still go', { timeout }, async (t) => {
    const peer = await Peer.start(t);
    const rig = await WebhookRig.start(t, { peers: [peer.url] });
    for (let number = 0; number < 20; number += 1) rig.hints.send(hint(String(number)));
    await rig.hints.stop();
    assert.equal(peer.received.length, 20);
  });

  it('need an address without secrets, and a secret that a header can hold', async () => {
    const parts = {
      clock: systemClock,
      random: systemRandom,
      events: new Emitter<never>() as never,
      http: true,
    };
    const open = (peers: string[], given = secret) =>
      openWebhookHints({ peers, secret: given, snsTopics: [] }, parts);
    for (const peer of [
      'https://user:pass@web-2.example',
      'https://web-2.example/?token=1',
      'https://web-2.example/#x',
    ])
      await assert.rejects(open([peer]), {
        code: 'invalid-settings',
        message: 'hints.webhook.peers.0: expected no user, query or fragment',
      });
    for (const given of ['sixteen characters', 'sixteen\ncharacters', 'sechzehn-größer-als'])
      await assert.rejects(
        open([], given),
        (error: Error) => /hints\.webhook\.secret/.test(error.message) && !error.message.includes(given),
      );
  });
});
