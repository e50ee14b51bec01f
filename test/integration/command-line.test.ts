import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { it } from 'node:test';
import { command } from '../cli/command-line.ts';
import { credentials, withCeph } from '../support/ceph.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

it('doctor makes a missing bucket only when asked to, and what it then finds holds', (t) =>
  withCeph(t, async (ceph) => {
    const environment = {
      BUCKETCAST_STORE_URL: ceph.storeSettings(`cli-${randomBytes(4).toString('hex')}`).url,
      BUCKETCAST_STORE_ACCESS_KEY_ID: credentials.accessKeyId,
      BUCKETCAST_STORE_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      BUCKETCAST_STATE: `${temporaryDirectory()}/state`,
    };
    const cli = (words: string, input?: Buffer) =>
      command(words.split(' '), { environment, ...(input && { input }) });

    const missing = await cli('doctor');
    assert.equal(missing.code, 1, missing.out);
    assert.match(missing.out, /^failed +reach s3:.*NoSuchBucket.*\n +.*--create-bucket/);
    assert.equal((await cli('publish u')).code, 1, 'publishing makes no bucket');

    const made = await cli('doctor --create-bucket');
    assert.equal(made.code, 0, made.out);
    assert.match(made.out, /^ok +reach s3:.*: the bucket was missing and is created$/m);
    assert.match(made.out, /^ok +rights: may put, get, head, list, delete$/m);
    assert.match(made.out, /^ok +conditional writes: honoured: one winner of 8/m);
    assert.match(made.out, /^ok +listing: /m);
    assert.match(made.out, /^ok +versioning: off$/m);

    const content = randomBytes(50_000);
    assert.equal((await cli('publish u --content -', content)).code, 0);
    const { out } = await cli('tail --exit-when-idle');
    assert.ok(Buffer.from((JSON.parse(out) as { content: string }).content, 'base64').equals(content));

    const wrong = await command(['doctor'], {
      environment: { ...environment, BUCKETCAST_STORE_SECRET_ACCESS_KEY: 'no secret at all' },
    });
    assert.equal(wrong.code, 1);
    assert.match(wrong.out, /^failed +reach s3:.*SignatureDoesNotMatch/);
    assert.doesNotMatch(wrong.out + wrong.err, /no secret at all/);
  }));
