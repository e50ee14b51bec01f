import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { isBucketcastError } from '../../src/base/errors.ts';
import { settle } from '../support/fake-clock.ts';
import { entry, errorXml, say, scriptedS3 } from './scripted-s3.ts';

const unavailable = (pattern?: RegExp) => (error: unknown) => {
  assert.ok(isBucketcastError(error, 'store-unavailable'), String(error));
  if (pattern !== undefined) assert.match(error.message, pattern);
  return true;
};

describe('the lean S3 client takes for no answer', () => {
  const { serve, connect } = scriptedS3();

  for (const [title, body] of [
    ['a page of HTML with status 200', '<html><body>log in</body></html>'],
    ['nothing with status 200', ''],
    ['a listing that is cut off', `<ListBucketResult>${entry('p/a')}<Contents><Key>p/b`],
    ['an error with status 200', errorXml('InternalError')],
  ] as const) {
    it(`${title}, asked for a listing`, async () => {
      const s3 = await serve((_, response) => say(response, 200, body));
      await assert.rejects((await s3.open()).list(''), unavailable(/no page of a listing/));
    });
  }

  it('what is not HTTP', async () => {
    const s3 = await connect((socket) => socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.9\r\n')));
    await assert.rejects((await s3.open()).get('a'), unavailable());
  });

  it('a body that is shorter than announced', async () => {
    const s3 = await connect((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n12345')),
    );
    await assert.rejects((await s3.open()).get('a'), unavailable());
  });

  it('an error that goes on for ever, and does not read it', async () => {
    const s3 = await serve((_, response) => {
      response.writeHead(500);
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(16_384)));
      };
      response.on('drain', more);
      more();
    });
    await assert.rejects((await s3.open()).get('a'), unavailable(/answered 500/));
  });

  it('a connection that the store has closed meanwhile; the next request gets a new one', async () => {
    let connections = 0;
    const s3 = await connect((socket) => {
      connections += 1;
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx');
        socket.once('data', () => socket.destroy());
      });
    });
    const store = await s3.open();
    assert.equal((await store.get('a')).status, 'found');
    await settle();
    await assert.rejects(store.put('a', new Uint8Array(1)), unavailable(/no answer/));
    assert.equal((await store.get('a')).status, 'found');
    assert.equal(connections, 2);
  });

  it('a server that accepts and then makes no TLS', async () => {
    const s3 = await connect(() => {}, 'https');
    const store = await s3.open({ connectTimeoutMs: 50 });
    await assert.rejects(store.get('a'), unavailable(/no connection in 0.05 s/));
  });

  it('silence after the request', async () => {
    const s3 = await serve(() => {});
    const store = await s3.open({ requestTimeoutMs: 50 });
    await assert.rejects(store.put('a', new Uint8Array(200_000)), unavailable(/nothing came in 0.05 s/));
  });

  it('anything once it is closed, and leaves nothing running', async () => {
    const s3 = await serve(() => {});
    const store = await s3.open();
    const running = assert.rejects(store.get('a'), unavailable());
    await store.close();
    await running;
    await assert.rejects(store.get('a'), unavailable());
    await store.close();
  });
});

describe('a signal that outlives its requests', () => {
  const { serve } = scriptedS3();

  it('keeps nothing of them', async () => {
    const s3 = await serve((request, response) =>
      say(response, request.url?.endsWith('none') ? 404 : 200, 'x'),
    );
    const store = await s3.open();
    const { signal } = new AbortController();
    await store.get('a', { signal });
    await store.put('a', new Uint8Array(1), { signal });
    await assert.rejects(store.get('none', { signal }));
    await assert.rejects(store.get('a', { signal, maxBytes: 0 }));
    assert.deepEqual(getEventListeners(signal, 'abort'), []);
  });
});

describe('a body whose length is not announced', () => {
  const { serve } = scriptedS3();
  const chunked = () =>
    serve((_, response) => {
      response.writeHead(200, { etag: '"e"' });
      for (let at = 0; at < 10; at += 1) response.write(Buffer.alloc(10_000, at));
      response.end();
    });

  it('is read whole', async () => {
    const answer = await (await (await chunked()).open()).get('a');
    assert.ok(answer.status === 'found');
    assert.deepEqual(
      [answer.size, answer.body.byteLength, answer.body.buffer.byteLength],
      [100_000, 100_000, 100_000],
    );
    assert.deepEqual([answer.body[0], answer.body[99_999]], [0, 9]);
  });

  it('is given up where it passes maxBytes', async () => {
    const store = await (await chunked()).open();
    await assert.rejects(store.get('a', { maxBytes: 50_000 }), (error) => {
      assert.ok(isBucketcastError(error, 'store-refused'));
      return Number(error.details['size']) > 50_000;
    });
    assert.equal((await store.get('a', { maxBytes: 100_000 })).status, 'found');
  });
});
