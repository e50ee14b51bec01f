import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { startCli, workplace } from '../cli/command-line.ts';
import { credentials, withCeph } from '../support/ceph.ts';
import { startTlsFront } from '../support/front-proxy.ts';

interface Mistake {
  readonly flags?: readonly string[];
  readonly environment?: Record<string, string>;
  readonly message: RegExp;
  readonly hint?: RegExp;
  readonly code: number;
}

const timeout = 30_000;

/** Runs a node with the mistake: it ends with one line, at most one more that says what to do, and no stack. */
async function assertOneLine(t: TestContext, { flags = [], environment = {}, message, hint, code }: Mistake) {
  const failed = await startCli(t, ['node', ...flags], environment).ended();
  assert.equal(failed.code, code, failed.err);
  const lines = failed.err.slice(failed.err.indexOf('bucketcast: ')).trimEnd().split('\n');
  assert.match(lines[0] as string, message);
  assert.equal(lines.length, hint === undefined ? 1 : 2, failed.err);
  if (hint) assert.match(lines[1] as string, hint);
  assert.doesNotMatch(failed.err, /^ +at /m);
}

it('a state directory that another node uses is one line, with its pid', { timeout }, async (t) => {
  const { words } = workplace();
  const node = startCli(t, ['node', ...words]);
  await node.told(/the node runs/);
  const message = new RegExp(`^bucketcast: the state directory .* is in use by process ${node.child.pid}$`);
  await assertOneLine(t, { flags: words, message, hint: /^ {2}\S/, code: 1 });
});

it('a state directory that cannot be made or written is one line', { timeout }, async (t) => {
  const { store, directory } = workplace();
  const message = /^bucketcast: .*\/proc\/1\/state/;
  await assertOneLine(t, {
    flags: [...store, '--state', '/proc/1/state'],
    message,
    hint: /^ {2}\S/,
    code: 1,
  });
  const file = join(directory, 'file');
  writeFileSync(file, '');
  await assertOneLine(t, { flags: [...store, '--state', file], message: /file/, hint: /^ {2}\S/, code: 1 });
});

it('a port that is taken is one line', { timeout }, async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  t.after(() => server.close());
  await once(server, 'listening');
  const port = String((server.address() as AddressInfo).port);
  await assertOneLine(t, {
    flags: workplace().words,
    environment: { BUCKETCAST_HTTP_PORT: port },
    message: new RegExp(`port ${port} is already in use`),
    hint: /http\.port/,
    code: 1,
  });
});

it('a setting that is wrong is one line', { timeout }, async (t) => {
  const environment = { BUCKETCAST_POLL_MIN_MS: 'soon' };
  const message = /^bucketcast: poll\.minMs: expected .*"soon".*\[BUCKETCAST_POLL_MIN_MS\]$/;
  await assertOneLine(t, { flags: workplace().words, environment, message, code: 2 });
});

it('a file where the embedded store should be is one line', { timeout }, async (t) => {
  const { directory } = workplace();
  const file = join(directory, 'file');
  mkdirSync(join(directory, 'state'));
  writeFileSync(file, '');
  const flags = ['--store', `file:${file}`, '--state', join(directory, 'state')];
  await assertOneLine(t, { flags, message: /^bucketcast: .*file/, hint: /^ {2}\S/, code: 1 });
});

it('wrong credentials and a missing bucket are one line each, on Ceph', { timeout }, (t) =>
  withCeph(t, async (ceph) => {
    const bucket = await ceph.makeBucket();
    const at = (name: string) => ({
      BUCKETCAST_STORE_URL: ceph.storeSettings(name).url,
      BUCKETCAST_STORE_ACCESS_KEY_ID: credentials.accessKeyId,
      BUCKETCAST_STORE_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    });
    await assertOneLine(t, {
      environment: { ...at(bucket), BUCKETCAST_STORE_SECRET_ACCESS_KEY: 'not-the-secret' },
      message: /^bucketcast: .*SignatureDoesNotMatch$/,
      hint: /Check store\.secretAccessKey/,
      code: 1,
    });
    await assertOneLine(t, {
      environment: { ...at(bucket), BUCKETCAST_STORE_ACCESS_KEY_ID: 'nobody-we-know' },
      message: /^bucketcast: .*InvalidAccessKeyId$/,
      hint: /check store\.accessKeyId/,
      code: 1,
    });
    await assertOneLine(t, {
      environment: at('no-such-bucket-here'),
      message: /^bucketcast: .*NoSuchBucket$/,
      hint: /doctor --create-bucket/,
      code: 1,
    });
  }),
);

it('an endpoint that does not exist, or is not trusted, is a line of the log with what to do', {
  timeout,
}, async (t) => {
  const front = await startTlsFront('http://127.0.0.1:9');
  t.after(() => front.close());
  for (const [endpoint, error, hint] of [
    ['http://127.0.0.1:9', /ECONNREFUSED/, /Check the endpoint/],
    ['http://nowhere.invalid', /ENOTFOUND|EAI_AGAIN/, /endpoint/],
    [front.url, /self-signed certificate/, /store\.caFile/],
  ] as const) {
    const node = startCli(t, ['node'], {
      BUCKETCAST_STORE_URL: `s3://bucket?endpoint=${endpoint}`,
      BUCKETCAST_STORE_ACCESS_KEY_ID: 'id',
      BUCKETCAST_STORE_SECRET_ACCESS_KEY: 'secret',
      BUCKETCAST_RETRY_ATTEMPTS: '1',
    });
    const line = JSON.parse(await node.told(/does not answer/)) as Record<string, string>;
    assert.match(line['error'] ?? '', error);
    assert.match(line['hint'] ?? '', hint);
    node.child.kill('SIGTERM');
    assert.equal((await node.ended()).code, 143);
  }
});

it('without any credentials the line says where they may come from', { timeout }, async (t) => {
  const environment = {
    BUCKETCAST_STORE_URL: 's3://bucket?endpoint=http://127.0.0.1:9',
    HOME: '/nonexistent',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  await assertOneLine(t, { environment, message: /credentials/i, hint: /store\.accessKeyId/, code: 1 });
});
