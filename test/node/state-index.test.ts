import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import type { JsonValue } from '../../src/base/update.ts';
import type { SettingsInput } from '../../src/config/settings.ts';
import type { BucketcastNode } from '../../src/node.ts';
import type { State } from '../../src/state/state.ts';
import { NodeRig } from './node-rig.ts';

const enabled = { index: { enabled: true } } as const satisfies SettingsInput;

async function twoNodes(t: TestContext, settings: SettingsInput = enabled) {
  const rig = new NodeRig(t);
  const state = rig.state();
  const a = await rig.started('a');
  const b = await rig.started('b', settings, { state });
  const publish = async (node: BucketcastNode, url: string, content?: JsonValue) => {
    await rig.wait(node.publish(content === undefined ? { url, kind: 'delete' } : { url, content }));
    await rig.wait(node.flush());
    await rig.wait(b.idle());
  };
  return { rig, a, b, state, publish };
}

describe('the state of a URL', () => {
  it('is its newest update, with who published it and how long ago', async (t) => {
    const { rig, a, b, publish } = await twoNodes(t);
    await publish(a, 'https://example.org/feed', 'one');
    await publish(a, 'https://example.org/feed', 'two');
    await rig.clock.advance(40_000);
    const found = b.state.get('https://example.org/feed');
    assert.equal(found?.server, 'a');
    assert.deepEqual([found.content, found.data, found.kind, found.contentBytes], ['two', null, 'put', 5]);
    assert.ok(found.agoMs >= 39_000 && found.agoMs < 60_000, `${found.agoMs}`);
    assert.equal(b.state.standing().urls, 1);
    assert.equal(b.state.standing().current, true);
  });

  it('has the digest and the length of its JSON text, also once such values are written by their shape', async (t) => {
    const { a, b, publish } = await twoNodes(t, { index: { enabled: true, maxContentBytes: 500 } });
    for (const title of ['é'.repeat(60), 'é'.repeat(600)]) {
      const content = { title, tags: ['a', 'b'], at: 1 };
      for (let at = 0; at < 10; at += 1) await publish(a, `${title.length} ${at}`, content);
      const found = Array.from({ length: 10 }, (_, at) => b.state.get(`${title.length} ${at}`));
      const text = JSON.stringify(content);
      const expected = { digest: hash('sha256', text), contentBytes: Buffer.byteLength(text) };
      for (const each of found)
        assert.deepEqual({ digest: each?.digest, contentBytes: each?.contentBytes }, expected);
    }
  });

  it('counts the updates of the server itself', async (t) => {
    const { b, publish } = await twoNodes(t);
    await publish(b, 'mine', 'x');
    assert.equal(b.state.get('mine')?.server, 'b');
  });

  it('says that it was deleted, and by whom', async (t) => {
    const { a, b, publish } = await twoNodes(t);
    await publish(a, 'u', 'x');
    await publish(b, 'u');
    const found = b.state.get('u');
    assert.deepEqual([found?.kind, found?.server, found?.content], ['delete', 'b', null]);
  });

  it('is not known of a URL that nobody has published', async (t) => {
    const { rig, b } = await twoNodes(t);
    await rig.wait(b.idle());
    assert.equal(b.state.get('nobody'), undefined);
    assert.equal(b.state.get(''), undefined);
  });

  it('leaves out content that is larger than the settings say', async (t) => {
    const { a, b, publish } = await twoNodes(t, { index: { enabled: true, maxContentBytes: 10 } });
    await publish(a, 'u', 'x'.repeat(100));
    const found = b.state.get('u');
    assert.equal(found !== undefined && 'content' in found, false);
    assert.deepEqual([found?.contentBytes, found?.digest.length], [102, 64]);
  });

  it('is refused while the index is off, and nothing is kept', async (t) => {
    const { a, b, state, publish } = await twoNodes(t, {});
    await publish(a, 'u', 'x');
    assert.throws(() => b.state.get('u'), { code: 'invalid-settings', message: /index\.enabled/ });
    assert.equal(state.newest.totals().urls, 0);
    assert.deepEqual(state.subscriptions(), []);
  });

  it('is there after a restart, also before the store answers', async (t) => {
    const { rig, a, b, state, publish } = await twoNodes(t);
    await publish(a, 'u', 'x');
    await rig.wait(b.stop());
    rig.fails = () => true;
    const again = rig.node('b', enabled, { state });
    const starting = again.start({ waitForStore: true });
    await rig.clock.advance(1000);
    assert.equal(again.state.get('u')?.content, 'x');
    assert.equal(again.state.standing().current, false);
    rig.fails = () => false;
    await rig.wait(starting);
    await rig.wait(again.idle());
    await rig.clock.advance(2000);
    assert.equal(again.state.standing().current, true);
  });

  it('comes with the position, whatever a crash of the process takes', async (t) => {
    const { rig, a, b, state } = await twoNodes(t);
    // As a process that is killed: what is not committed at this moment is gone.
    const lost = crashing(state, 3);
    await rig.wait(b.stop());
    const again = await rig.started('b', enabled, { state: lost });
    for (let at = 0; at < 20; at++) await rig.wait(a.publish({ url: `u${at}`, content: at }));
    await rig.wait(a.flush());
    await rig.wait(again.idle());
    assert.equal(state.newest.totals().urls, 20);
    for (let at = 0; at < 20; at++) assert.equal(again.state.get(`u${at}`)?.content, at);
  });

  it('forgets the URLs updated longest ago beyond the most that it may hold, and counts them', async (t) => {
    const { rig, a, b } = await twoNodes(t, { index: { enabled: true, maxUrls: 3 } });
    for (let at = 0; at < 8; at++) {
      await rig.wait(a.publish({ url: `u${at}`, content: at }));
      await rig.clock.advance(10);
    }
    await rig.wait(a.flush());
    await rig.wait(b.idle());
    await rig.clock.advance(2000);
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5, 6, 7].filter((at) => b.state.get(`u${at}`) !== undefined),
      [5, 6, 7],
    );
    const { urls, forgotten } = b.state.standing();
    assert.deepEqual([urls, forgotten], [3, 5]);
  });
});

describe('the subscription of the index', () => {
  it('has a name that no user may take', async (t) => {
    const { rig, b } = await twoNodes(t);
    await assert.rejects(rig.wait(b.subscribe({ name: '~index' }, () => {})), { code: 'invalid-settings' });
    await assert.rejects(rig.wait(b.subscribe({ name: '~other' }, () => {})), /reserved/);
  });

  it('is not told as a delivery', async (t) => {
    const { a, b, publish } = await twoNodes(t);
    const told: string[] = [];
    b.events.on('delivered', ({ subscription }) => told.push(subscription));
    await publish(a, 'u', 'x');
    assert.ok(b.state.get('u'));
    assert.deepEqual(told, []);
  });

  it('reads the objects layout, too', async (t) => {
    const { rig, b } = await twoNodes(t, { index: { enabled: true, layout: 'both' } });
    const object = {
      url: 'o',
      feed_content: 'from an object',
      feed_data: null,
      server_id: 'c',
      timestamp: 1,
    };
    await rig.bucket.put(
      'feed-updates/c/00000000000000000000000000000000_1.json',
      Buffer.from(JSON.stringify(object)),
    );
    const a = await rig.started('d');
    await rig.wait(a.publish({ url: 'l', content: 'from the log' }));
    await rig.wait(a.flush());
    await rig.wait(b.idle());
    assert.deepEqual([b.state.get('o')?.content, b.state.get('o')?.server], ['from an object', 'c']);
    assert.equal(b.state.get('l')?.content, 'from the log');
    assert.equal(b.state.standing().current, true);
  });
});

/** A state whose every n-th transaction of the index fails, with all of it. */
function crashing(state: State, every: number): State {
  let commits = 0;
  const advance: State['advance'] = (name, change) => {
    commits += 1;
    if (commits % every === 0) throw new Error('killed');
    return state.advance(name, change);
  };
  return new Proxy(state, {
    get: (target, name) => {
      if (name === 'advance') return advance;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}
