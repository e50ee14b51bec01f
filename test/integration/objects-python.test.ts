import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { Update } from '../../src/base/update.ts';
import { createNode } from '../../src/node.ts';
import { withCeph } from '../support/ceph.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { OlderServer, withoutBoto3 } from './older-server.ts';

const missing = withoutBoto3();
const late = `feed-updates/py_1/${'0'.repeat(32)}_1.json`;

test(
  'a Python server of an older fleet and a node exchange updates in one bucket, both ways',
  {
    timeout: 60_000,
    ...missing,
  },
  (t) =>
    withCeph(t, async (ceph) => {
      const bucket = await ceph.makeBucket();
      const python = new OlderServer(t, ceph, bucket);
      const node = createNode({
        server: 'node-1',
        store: ceph.storeSettings(bucket, { prefix: 'log' }),
        state: temporaryDirectory(),
        objects: { publish: true, pollMinMs: 50, pollMaxMs: 100 },
      });
      t.after(() => node.stop());
      await node.start();
      const seen = new Seen();
      await node.subscribe({ name: 'older', layout: 'objects', from: 'earliest' }, (updates) =>
        seen.add(updates),
      );

      const overwritten = await python.publish({
        server: 'py_1',
        url: 'https://ex.com/1.xml',
        content: { entries: [1] },
      });
      const deleted = await python.publish({
        server: 'py_1',
        url: 'headlines_update',
        data: { status: 'ö' },
      });
      await seen.until(2);
      assert.deepEqual(seen.facts(), [
        { url: 'headlines_update', content: null, data: { status: 'ö' }, server: 'py_1' },
        { url: 'https://ex.com/1.xml', content: { entries: [1] }, data: null, server: 'py_1' },
      ]);

      await python.put(overwritten, '{"url": "https://ex.com/1.xml", "feed_content": "anew"}');
      await seen.until(3);
      assert.equal(seen.last?.content, 'anew');

      await python.delete(deleted);
      await python.put(late, '{"url": "late"}');
      await seen.until(4);
      assert.equal(seen.last?.url, 'late');

      const blamed = once(deadLetters(node), 'dead-letter');
      await python.put('feed-updates/py_1/half.json', '{"url": "half", "feed_con');
      await blamed;
      await python.publish({ server: 'py_1', url: 'after' });
      await seen.until(5);
      assert.equal(seen.last?.url, 'after');

      const ids = [];
      for (const content of [{ n: 1 }, 'ü', null]) ids.push((await node.publish({ url: 'u', content })).id);
      await node.publish({ url: 'gone', kind: 'delete' });
      const read = await python.read('node-1');
      const ofUrl = read.filter(({ body }) => body['url'] === 'u');
      assert.deepEqual(
        ofUrl.map(({ body }) => [body['feed_content'], body['server_id']]),
        [
          [{ n: 1 }, 'node-1'],
          ['ü', 'node-1'],
          [null, 'node-1'],
        ],
      );
      assert.ok(read.every(({ body }) => typeof body['timestamp'] === 'number'));
      assert.ok(read.every(({ key }) => /^feed-updates\/node-1\/[0-9a-f]{32}_\d+\.json$/.test(key)));
      assert.deepEqual(
        ofUrl.map(({ body }) => (body['bucketcast'] as { id: string }).id),
        ids,
      );
      await python.publish({ server: 'py_1', url: 'last' });
      await seen.until(6);
      assert.equal(seen.last?.url, 'last', 'a node hears nothing of its own');
    }),
);

/** What was delivered. */
class Seen {
  readonly #updates: Update[] = [];
  readonly #changed = new EventTarget();

  add(updates: readonly Update[]): void {
    this.#updates.push(...updates);
    this.#changed.dispatchEvent(new Event('change'));
  }

  get last(): Update | undefined {
    return this.#updates.at(-1);
  }

  async until(count: number): Promise<void> {
    while (this.#updates.length < count) await once(this.#changed, 'change');
    assert.equal(this.#updates.length, count);
  }

  facts(): unknown[] {
    return this.#updates
      .map(({ url, content, data, server }) => ({ url, content, data, server }))
      .sort((a, b) => (a.url < b.url ? -1 : 1));
  }
}

function deadLetters(node: ReturnType<typeof createNode>): EventTarget {
  const target = new EventTarget();
  node.events.on('dead-letter', () => target.dispatchEvent(new Event('dead-letter')));
  return target;
}
