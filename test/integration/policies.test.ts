import assert from 'node:assert/strict';
import { describe, type TestContext } from 'node:test';
import { isBucketcastError } from '../../src/base/errors.ts';
import { claimKey } from '../../src/log/claim-keys.ts';
import { parkedPrefix, tipsPrefix } from '../../src/log/keys.ts';
import { listAll } from '../../src/store/list-all.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { grantRoles, policyOf, type Role, roles } from '../support/bucket-roles.ts';
import { type Ceph, testsOnCeph } from '../support/ceph.ts';
import { RoleNode } from './role-node.ts';

const logPrefix = 'v1/log/';
const own = `web-1~${'0'.repeat(16)}~${'1'.repeat(32)}`;
const foreign = `web-10~${'0'.repeat(16)}~${'1'.repeat(32)}`;
const batch = 'ab'.repeat(16);
const keys = {
  id: 'v1/id',
  'own tip': `${tipsPrefix}${own}/0000000001_0000000001.0000000000`,
  'own segment': `${logPrefix}5f/${own}/0/0000000000`,
  "another's tip": `${tipsPrefix}${foreign}/0000000001_0000000001.0000000000`,
  "another's segment": `${logPrefix}5f/${foreign}/0/0000000000`,
  marker: `${tipsPrefix}~/${batch}`,
  batch: `${parkedPrefix}${batch}`,
  claim: claimKey('https://a.example/feed.xml'),
  'a stray object': 'v1/notes.txt',
} as const;
const publishing = ['own tip', 'own segment'];
const parking = ['marker', 'batch'];
const clearing = ['own tip', 'own segment', "another's tip", "another's segment", ...parking];
const may: Readonly<Record<Role, { readonly put: readonly string[]; readonly delete: readonly string[] }>> = {
  reader: { put: [], delete: [] },
  writer: { put: [...publishing, ...parking, 'claim'], delete: publishing },
  janitor: { put: ['id', ...parking], delete: clearing },
  node: { put: ['id', ...publishing, ...parking, 'claim'], delete: clearing },
};

describe('the policies of examples/policies, on Ceph', { timeout: 60_000 }, () => {
  const it = testsOnCeph();

  /** A bucket with a user for each policy. */
  async function granted(ceph: Ceph, t: TestContext) {
    const options = { bucket: await ceph.makeBucket(), prefix: 'fleet', server: 'web-1' };
    const reader = policyOf('reader', options);
    const [list, ...rest] = reader.Statement;
    const narrowed = { Resource: [], ...list, Condition: { StringLike: { 's3:prefix': 'fleet/v1/*' } } };
    const all = {
      reader,
      writer: policyOf('writer', options),
      janitor: policyOf('janitor', options),
      node: policyOf('node', options),
      narrow: { ...reader, Statement: [narrowed, ...rest] },
    };
    const settings = await grantRoles(ceph, options, all);
    const owner = await openStore(ceph.storeSettings(options.bucket, { prefix: 'fleet' }));
    t.after(() => owner.close());
    return { settings, owner };
  }

  it('allow each role exactly what the table says', async (ceph, t) => {
    const grant = await granted(ceph, t);
    const fill = () => Promise.all(Object.values(keys).map((key) => grant.owner.put(key, Buffer.from('x'))));
    for (const role of roles) {
      await fill();
      const store = await openStore(grant.settings[role]);
      const can = async (act: (key: string) => Promise<unknown>) => {
        const names = Object.entries(keys);
        const answers = await Promise.all(names.map(([, key]) => isAllowed(act(key))));
        return new Set(names.filter((_, index) => answers[index]).map(([name]) => name));
      };
      try {
        assert.equal((await Array.fromAsync(listAll(store, ''))).length, Object.keys(keys).length, role);
        assert.equal((await store.get('v1/log/missing')).status, 'missing');
        assert.equal((await store.head('v1/log/missing')).status, 'missing');
        assert.deepEqual(await can((key) => store.get(key)), new Set(Object.keys(keys)), `${role} gets`);
        const put = (key: string) => store.put(key, Buffer.from('y'), { condition: 'absent' });
        assert.deepEqual(await can(put), new Set(may[role].put), `${role} puts`);
        assert.deepEqual(await can((key) => store.delete(key)), new Set(may[role].delete), `${role} deletes`);
        await fill();
        const { failed } = await store.deleteMany(Object.values(keys).slice(1)).catch(() => ({ failed: [] }));
        const left = may[role].delete.length === 0 ? 0 : 8 - may[role].delete.length;
        assert.equal(failed.length, left, `${role} deletes several`);
      } finally {
        await store.close();
      }
    }
  });

  it('do not tie s3:ListBucket to a prefix, for what is missing would then be refused', async (ceph, t) => {
    const grant = await granted(ceph, t);
    const store = await openStore(grant.settings.narrow);
    t.after(() => store.close());
    assert.deepEqual((await store.list('v1/')).objects, []);
    await assert.rejects(store.get('v1/id'), { code: 'store-refused' });
  });

  it('keep who has that of the objects layout to its own folder there', async (ceph, t) => {
    const options = { bucket: await ceph.makeBucket(), prefix: '', server: 'web-1' };
    const settings = await grantRoles(ceph, options, { objects: policyOf('objects', options) });
    const [owner, store] = await Promise.all([
      openStore(ceph.storeSettings(options.bucket)),
      openStore(settings.objects),
    ]);
    t.after(() => Promise.all([owner.close(), store.close()]));
    const [ownObject, another, segment] = [
      'feed-updates/web-1/a',
      'feed-updates/web-10/a',
      keys['own segment'],
    ];
    const all = [ownObject, another, segment];
    await Promise.all(all.map((key) => owner.put(key, Buffer.from('x'))));
    const allowed = (act: (key: string) => Promise<unknown>) =>
      Promise.all(all.map((key) => isAllowed(act(key))));
    assert.deepEqual(await allowed((key) => store.get(key)), [true, true, false]);
    assert.deepEqual(await allowed((key) => store.put(key, Buffer.from('y'))), [true, false, false]);
    assert.deepEqual(await allowed((key) => store.delete(key)), [true, false, false]);
    assert.equal((await store.head(ownObject)).status, 'missing');
    assert.equal((await store.get(ownObject)).status, 'missing');
    assert.deepEqual(
      (await store.list('feed-updates/')).objects.map(({ key }) => key),
      [another],
    );
  });

  it('are enough for a fleet in which each node does its own part', async (ceph, t) => {
    const { settings, owner } = await granted(ceph, t);
    const janitor = await RoleNode.start(t, 'cleaner', settings.janitor, { isJanitor: true });
    const writer = await RoleNode.start(t, 'web-1', settings.writer);
    const reader = await RoleNode.start(t, 'mirror', settings.reader);
    await writer.publish(20);
    await reader.delivered(20);

    await writer.event('trimmed');
    await writer.until(async () => (await count(owner, logPrefix)) === 0);
    await writer.node.stop();

    const retention = { intervalMs: 60_000, maxAgeMs: 60_000 };
    const other = await RoleNode.start(t, 'web-1', settings.writer, { settings: { retention } });
    await other.publish(5);
    await reader.delivered(25);
    await other.node.stop();
    await janitor.event('parked');
    await janitor.event('trimmed');
    await janitor.event('merged');
    await janitor.until(async () => (await count(owner, logPrefix)) === 0);
    assert.deepEqual([...writer.log, ...other.log, ...janitor.log, ...reader.log], []);
  });

  it('let a node that is set to do more than it may go on with the rest, and say so once', async (ceph, t) => {
    const { settings } = await granted(ceph, t);
    const writer = await RoleNode.start(t, 'web-1', settings.node);
    await writer.publish(3);
    await writer.node.stop();
    const reader = await RoleNode.start(t, 'mirror', settings.reader, { isJanitor: true });
    await reader.until(async () => reader.log.length > 0);
    assert.match(reader.log[0] as string, /refuses what a janitor does.*janitor\.enabled to false/);
    const polls = reader.polls;
    await reader.until(async () => reader.polls > polls + 10);
    await reader.delivered(3);
    assert.equal(reader.log.length, 1, reader.log.join('\n'));
  });
});

async function isAllowed(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer;
    return true;
  } catch (error) {
    assert.ok(isBucketcastError(error, 'store-refused'), String(error));
    return false;
  }
}

async function count(store: ObjectStore, prefix: string): Promise<number> {
  return (await Array.fromAsync(listAll(store, prefix))).length;
}
