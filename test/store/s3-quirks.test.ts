import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, describe, it } from 'node:test';
import { isBucketcastError } from '../../src/base/errors.ts';
import { defaultSettings } from '../../src/config/settings.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { type S3ClientName, s3Clients } from './s3-clients.ts';

/** What other stores answer, scripted: for what Ceph does not do. */
for (const client of s3Clients)
  describe(`an S3 store, asked by ${client}, that`, () => describeQuirks(client));

function describeQuirks(client: S3ClientName): void {
  let server: Server | undefined;
  let store: ObjectStore | undefined;
  let requests: IncomingMessage[] = [];
  afterEach(async () => {
    await store?.close();
    server?.close();
    server?.closeAllConnections();
  });

  const serve = async (
    answer: (request: IncomingMessage, response: ServerResponse) => void,
    more: object = {},
  ) => {
    requests = [];
    server = createServer((request, response) => {
      requests.push(request);
      request.resume().on('end', () => answer(request, response));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : '';
    const keys = { accessKeyId: 'a', secretAccessKey: 'b' };
    store = await openStore({
      ...defaultSettings.store,
      ...keys,
      client,
      url: `s3://bucket/p?endpoint=http://127.0.0.1:${port}`,
      ...more,
    });
    return store;
  };
  const say = (response: ServerResponse, status: number, body: string) =>
    response.writeHead(status, { 'content-type': 'application/xml' }).end(body);
  const denied = '<Error><Code>AccessDenied</Code></Error>';
  const lacking =
    '<Error><Code>NotImplemented</Code><Message>A header implies functionality that is not</Message></Error>';

  it('lacks put-if-absent stores all the same, and is not asked again', async () => {
    const backblaze = await serve((request, response) =>
      request.headers['if-none-match'] === undefined && request.headers['if-match'] === undefined
        ? response.writeHead(200, { etag: '"1"' }).end()
        : say(response, 501, lacking),
    );
    assert.equal((await backblaze.put('a', new Uint8Array(1), { condition: 'absent' })).status, 'stored');
    assert.equal((await backblaze.put('b', new Uint8Array(1), { condition: 'absent' })).status, 'stored');
    assert.equal(requests.length, 3);
    await assert.rejects(backblaze.put('a', new Uint8Array(1), { condition: { etag: '1' } }), (error) =>
      isBucketcastError(error, 'store-refused'),
    );
  });

  it('lacks DeleteObjects is asked to delete one by one', async () => {
    const lean = await serve((request, response) =>
      request.method === 'POST' ? say(response, 501, lacking) : response.writeHead(204).end(),
    );
    assert.deepEqual((await lean.deleteMany(['a', 'b', 'c'])).failed, []);
    assert.deepEqual(requests.map((request) => `${request.method} ${request.url?.split('?')[0]}`).sort(), [
      'DELETE /bucket/p/a',
      'DELETE /bucket/p/b',
      'DELETE /bucket/p/c',
      'POST /bucket/',
    ]);
  });

  it('refuses DeleteObjects under a policy for some prefixes is asked to delete one by one', async () => {
    const ceph = await serve((request, response) =>
      request.method === 'POST' || request.url?.includes('other')
        ? say(response, 403, denied)
        : response.writeHead(204).end(),
    );
    const { failed } = await ceph.deleteMany(['a', 'other', 'c']);
    assert.deepEqual(
      failed.map(({ key }) => key),
      ['other'],
    );
    assert.equal(requests.length, 4);
  });

  it('lets nothing be deleted says so, rather than key by key', async () => {
    const readOnly = await serve((_, response) => say(response, 403, denied));
    await assert.rejects(readOnly.deleteMany(['a', 'b', 'c']), { code: 'store-refused' });
    assert.equal(requests.length, 2);
  });

  it('refuses every single key of a DeleteObjects lets nothing be deleted either', async () => {
    const errors = ['a', 'b'].map((key) => `<Error><Key>p/${key}</Key><Code>AccessDenied</Code></Error>`);
    const aws = await serve((_, response) =>
      say(response, 200, `<DeleteResult>${errors.join('')}</DeleteResult>`),
    );
    await assert.rejects(aws.deleteMany(['a', 'b']), { code: 'store-refused' });
  });

  it('cannot delete some keys has them reported with the reason', async () => {
    const strict = await serve((_, response) =>
      say(
        response,
        200,
        '<DeleteResult><Error><Key>p/b</Key><Code>AccessDenied</Code><Message>held</Message></Error></DeleteResult>',
      ),
    );
    assert.deepEqual((await strict.deleteMany(['a', 'b'])).failed, [
      { key: 'b', reason: 'AccessDenied: held' },
    ]);
  });

  it('ignores start-after has what lies before it left out', async () => {
    const entry = (key: string) =>
      `<Contents><Key>p/${key}</Key><Size>1</Size><ETag>"e"</ETag><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>`;
    const plain = await serve((_, response) =>
      say(
        response,
        200,
        `<ListBucketResult>${['a', 'b', 'c+d'].map(entry).join('')}<CommonPrefixes><Prefix>p/a/</Prefix></CommonPrefixes></ListBucketResult>`,
      ),
    );
    const page = await plain.list('', { startAfter: 'a/1', delimiter: '/' });
    assert.deepEqual(
      page.objects.map((object) => object.key),
      ['b', 'c d'],
    );
    assert.deepEqual(page.prefixes, []);
  });

  it('lists one page and does not say how to go on is refused, never taken for a bucket of one page', async () => {
    const old = await serve((_, response) =>
      say(response, 200, '<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>'),
    );
    await assert.rejects(old.list(''), (error) => isBucketcastError(error, 'store-refused'));
  });

  it('breaks off in the middle of a body is unavailable, never half an object', async () => {
    const broken = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '1000', etag: '"e"' });
      response.write('x'.repeat(500), () => response.destroy());
    });
    await assert.rejects(broken.get('a'), (error) => isBucketcastError(error, 'store-unavailable'));
  });

  it('falls silent in the middle of a body is given up after the request timeout', async () => {
    const silent = await serve(
      (_, response) => {
        response.writeHead(200, { 'content-length': '1000', etag: '"e"' });
        response.write('x'.repeat(500));
      },
      { requestTimeoutMs: 100 },
    );
    await assert.rejects(silent.get('a'), (error) => isBucketcastError(error, 'store-unavailable'));
  });

  it('answers 404 without S3’s code is no S3 store, and its objects are not taken for missing', async () => {
    const web = await serve((_, response) =>
      response.writeHead(404, { 'content-type': 'text/html' }).end('<html><body>no'),
    );
    await assert.rejects(web.get('a'), (error) => isBucketcastError(error, 'store-refused'));
  });

  it('is in another region names it', async () => {
    const elsewhere = await serve((_, response) =>
      response
        .writeHead(301, { 'x-amz-bucket-region': 'eu-west-1' })
        .end('<Error><Code>PermanentRedirect</Code></Error>'),
    );
    await assert.rejects(elsewhere.get('a'), (error) => {
      assert.ok(isBucketcastError(error, 'store-refused'));
      assert.match(error.hint ?? '', /region=eu-west-1/);
      return true;
    });
  });

  it('has no Date is given this machine’s time', async () => {
    const timeless = await serve((_, response) => {
      response.sendDate = false;
      response.writeHead(200, { etag: '"1"' }).end();
    });
    const began = Date.now();
    const { time } = await timeless.put('a', new Uint8Array(1));
    assert.ok(time >= began && time <= Date.now());
  });
}
