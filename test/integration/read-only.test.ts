import assert from 'node:assert/strict';
import { describe, type TestContext } from 'node:test';
import type { BucketcastError } from '../../src/base/errors.ts';
import type { Settings } from '../../src/config/settings.ts';
import { listAll } from '../../src/store/list-all.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { command } from '../cli/command-line.ts';
import { grantRoles, policyOf } from '../support/bucket-roles.ts';
import { type Ceph, testsOnCeph } from '../support/ceph.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { RoleNode } from './role-node.ts';

describe('a key that may only read, on Ceph', { timeout: 60_000 }, () => {
  const it = testsOnCeph();

  async function granted(ceph: Ceph, t: TestContext) {
    const options = { bucket: await ceph.makeBucket(), prefix: '', server: 'web-1' };
    const { reader } = await grantRoles(ceph, options, { reader: policyOf('reader', options) });
    const all = ceph.storeSettings(options.bucket);
    const owner = await openStore(all);
    t.after(() => owner.close());
    return { reader, all, owner };
  }

  it('is enough for a node that delivers everything, writes nothing and complains of nothing', async (ceph, t) => {
    const grant = await granted(ceph, t);
    const writer = await RoleNode.start(t, 'web-1', grant.all);
    await writer.publish(30);
    await writer.node.stop();
    const whole = await contents(grant.owner);

    const reader = await RoleNode.start(t, 'mirror', grant.reader);
    await reader.delivered(30);
    const { polls } = reader;
    await reader.until(async () => reader.polls > polls + 5);
    assert.equal(reader.urls.length, 30);
    assert.deepEqual(reader.log, []);

    const update = { url: 'https://example.com/new' };
    await assert.rejects(reader.node.publish(update), (error: BucketcastError) => {
      assert.equal(error.code, 'store-refused');
      assert.match(error.message, /^put v1\/log\/.*403 AccessDenied$/);
      assert.match(error.hint as string, /s3:PutObject/);
      return true;
    });
    const more = Array.from({ length: 20 }, () => reader.node.publish(update));
    const refused = await Promise.allSettled(more);
    assert.deepEqual(new Set(refused.map(({ status }) => status)), new Set(['rejected']));
    assert.equal(reader.log.length, 1, `told once: ${reader.log.join('\n')}`);
    const from = performance.now();
    await reader.node.stop();
    assert.ok(performance.now() - from < 5000, 'and does not wait for what cannot come');
    assert.deepEqual(await contents(grant.owner), whole);
  });

  it('serves the command line: tail reads, publish says what is lacking, and neither writes', async (ceph, t) => {
    const grant = await granted(ceph, t);
    const asReader = environmentOf(grant.reader);
    const missing = await command(['tail', '--exit-when-idle'], { environment: asReader });
    assert.equal(missing.code, 1);
    assert.match(missing.err, /no fleet in this bucket/);

    const published = await command(['publish', 'u'], { environment: environmentOf(grant.all) });
    assert.equal(published.code, 0, published.err);
    const whole = await contents(grant.owner);
    const read = await command(['tail', '--exit-when-idle'], { environment: asReader });
    assert.equal(read.code, 0, read.err);
    assert.equal((JSON.parse(read.out) as { url: string }).url, 'u');
    const refused = await command(['publish', 'u'], { environment: asReader });
    assert.equal(refused.code, 1);
    assert.match(refused.err, /403 AccessDenied[\s\S]*s3:PutObject/);
    assert.deepEqual(await contents(grant.owner), whole);
  });
});

function environmentOf({ url, accessKeyId, secretAccessKey }: Settings['store']) {
  return {
    BUCKETCAST_STORE_URL: url,
    BUCKETCAST_STORE_ACCESS_KEY_ID: accessKeyId,
    BUCKETCAST_STORE_SECRET_ACCESS_KEY: secretAccessKey,
    BUCKETCAST_STATE: `${temporaryDirectory()}/state`,
  };
}

/** Every key with what tells that it was written again. */
async function contents(store: ObjectStore): Promise<string[]> {
  const objects = await Array.fromAsync(listAll(store, ''));
  return objects.map(({ key, etag, lastModified }) => `${key} ${etag} ${lastModified}`);
}
