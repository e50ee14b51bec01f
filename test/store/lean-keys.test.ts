import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { LeanKeys } from '../../src/store/lean-keys.ts';
import type { CredentialSource } from '../../src/store/s3-credentials.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { errorXml, say, scriptedS3 } from './scripted-s3.ts';

const MINUTE = 60_000;

describe('keys', () => {
  const clock = new FakeClock();
  /** Numbered keys that live so long; fails while `broken`. */
  const numbered = (lifeMs?: number) => {
    const state = { asked: 0, forced: 0, broken: false };
    const source: CredentialSource = async (options) => {
      state.asked += 1;
      if (options?.['forceRefresh']) state.forced += 1;
      if (state.broken) throw new Error('the metadata service is away');
      return {
        accessKeyId: `key-${state.asked}`,
        secretAccessKey: 's',
        ...(lifeMs !== undefined && { expiration: new Date(clock.now() + lifeMs) }),
      };
    };
    return { state, keys: new LeanKeys(source, clock) };
  };
  const idOf = async (keys: LeanKeys) => (await keys.current()).accessKeyId;

  it('that do not expire are asked for once, by however many at a time', async () => {
    const { keys, state } = numbered();
    assert.deepEqual(await Promise.all([idOf(keys), idOf(keys)]), ['key-1', 'key-1']);
    await clock.advance(1000 * MINUTE);
    assert.equal(await idOf(keys), 'key-1');
    assert.equal(state.asked, 1);
  });

  it('are renewed before they run out, while the old ones serve', async () => {
    const { keys } = numbered(60 * MINUTE);
    await idOf(keys);
    await clock.advance(54 * MINUTE);
    assert.equal(await idOf(keys), 'key-1');
    await clock.advance(2 * MINUTE);
    assert.equal(await idOf(keys), 'key-1');
    await clock.advance(0);
    assert.equal(await idOf(keys), 'key-2');
  });

  it('serve to their end when they cannot be renewed, and are then waited for', async () => {
    const { keys, state } = numbered(60 * MINUTE);
    await idOf(keys);
    state.broken = true;
    await clock.advance(58 * MINUTE);
    assert.equal(await idOf(keys), 'key-1');
    await clock.advance(3 * MINUTE);
    await assert.rejects(async () => idOf(keys), /metadata/);
    state.broken = false;
    assert.equal(await idOf(keys), `key-${state.asked}`);
  });

  it('that are refused are asked for anew, but not in a storm', async () => {
    const { keys, state } = numbered();
    const first = await keys.current();
    assert.deepEqual(await Promise.all([keys.renew(first), keys.renew(first)]), [true, true]);
    assert.deepEqual([state.asked, state.forced], [2, 1]);
    const second = await keys.current();
    assert.equal(await keys.renew(second), false);
    await clock.advance(MINUTE);
    assert.equal(await keys.renew(second), true);
    assert.equal(state.asked, 3);
  });
});

describe('keys of a profile that are exchanged', () => {
  const { serve } = scriptedS3();

  it('are read again when the store refuses the old ones, for rare requests too', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bucketcast-keys-'));
    const file = join(directory, 'credentials');
    const write = (id: string) =>
      writeFile(file, `[sync]\naws_access_key_id=${id}\naws_secret_access_key=x\naws_session_token=t\n`);
    const before = process.env['AWS_SHARED_CREDENTIALS_FILE'];
    process.env['AWS_SHARED_CREDENTIALS_FILE'] = file;
    try {
      await write('first');
      let good = 'first';
      const s3 = await serve((request, response) => {
        const id = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '')?.[1];
        if (id !== good) say(response, 400, errorXml('ExpiredToken'));
        else say(response, 200, request.method === 'POST' ? '<DeleteResult/>' : 'x');
      });
      const store = await s3.open({ profile: 'sync' });
      const rare = await s3.open({ profile: 'sync' });
      assert.equal((await store.get('a')).status, 'found');
      assert.deepEqual((await rare.deleteMany(['a'])).failed, []);
      await write('second');
      good = 'second';
      assert.equal((await store.get('a')).status, 'found');
      assert.deepEqual((await rare.deleteMany(['a'])).failed, []);
    } finally {
      if (before === undefined) delete process.env['AWS_SHARED_CREDENTIALS_FILE'];
      else process.env['AWS_SHARED_CREDENTIALS_FILE'] = before;
      await rm(directory, { recursive: true });
    }
  });
});
