import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { serve } from './http-rig.ts';
import { rawSocket, received, said } from './raw-socket.ts';

const host = 'Host: localhost\r\n';
const json = `${host}Content-Type: application/json\r\n`;

describe('what is no HTTP', () => {
  it('gets a short answer and the connection is closed; the server goes on', async (t) => {
    const { server, ask, node, logged } = await serve(t);
    const garbage: readonly (readonly [bytes: string, answer: RegExp])[] = [
      ['garbage\r\n\r\n', /^HTTP\/1\.1 400 /],
      ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', /^HTTP\/1\.1 400 /],
      ['GET / HTTP/9.9\r\n\r\n', /^HTTP\/1\.1 400 /],
      [`GET /healthz HTTP/1.1\r\n${host}Bad Header: x\r\n\r\n`, /^HTTP\/1\.1 400 /],
      [`GET /healthz HTTP/1.1\r\n${host}X: a\0b\r\n\r\n`, /^HTTP\/1\.1 400 /],
      [`POST /api/updates HTTP/1.1\r\n${json}Content-Length: ten\r\n\r\n`, /^HTTP\/1\.1 400 /],
      [`POST /api/updates HTTP/1.1\r\n${json}Content-Length: -1\r\n\r\n`, /^HTTP\/1\.1 400 /],
      [
        `POST /api/updates HTTP/1.1\r\n${json}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`,
        /^HTTP\/1\.1 400 /,
      ],
      [
        `POST /api/updates HTTP/1.1\r\n${json}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`,
        /^HTTP\/1\.1 400 /,
      ],
      [`POST /api/updates HTTP/1.1\r\n${json}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, /^HTTP\/1\.1 400 /],
      [`GET /healthz HTTP/1.1\r\n${host}X: ${'x'.repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
      [`GET /${'x'.repeat(20_000)} HTTP/1.1\r\n${host}\r\n`, /^HTTP\/1\.1 431 /],
    ];
    for (const [bytes, answer] of garbage)
      assert.match(await said(server, bytes), answer, bytes.slice(0, 60));
    assert.equal((await ask('/healthz')).status, 200);
    assert.equal(node.published.length, 0);
    assert.deepEqual(logged, []);
  });

  it('a client that goes away amid headers or body harms nobody', async (t) => {
    const { server, ask, node, logged } = await serve(t);
    for (const bytes of [
      'GET /hea',
      `POST /api/updates HTTP/1.1\r\n${json}Content-Length: 20\r\n\r\n{"url"`,
      `POST /api/updates HTTP/1.1\r\n${host}Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"url\r\n`,
    ]) {
      const socket = await rawSocket(server);
      await new Promise((written) => socket.write(bytes, written));
      socket.resetAndDestroy();
      await once(socket, 'close');
    }
    assert.equal((await ask('/healthz')).status, 200);
    assert.equal(node.published.length, 0);
    assert.deepEqual(logged, []);
  });
});

describe('requests that take their time', () => {
  it('headers that do not end are answered 408', async (t) => {
    const { server } = await serve(t, {}, { timeouts: { headersMs: 40 } });
    const socket = await rawSocket(server);
    socket.write(`GET /healthz HTTP/1.1\r\n${host}X-Slow: `);
    const drip = setInterval(() => socket.write('x'), 5);
    const text = await received(socket);
    clearInterval(drip);
    assert.match(text, /^HTTP\/1\.1 408 /);
  });

  it('a JSON body that drips is answered 408 with a problem', async (t) => {
    const { server, node } = await serve(t, {}, { timeouts: { bodyMs: 40 } });
    const socket = await rawSocket(server);
    socket.write(`POST /api/updates HTTP/1.1\r\n${json}Content-Length: 1000\r\n\r\n{`);
    const drip = setInterval(() => socket.write(' '), 5);
    const text = await received(socket);
    clearInterval(drip);
    assert.match(text, /^HTTP\/1\.1 408 [\s\S]*"code":"too-slow"/);
    assert.equal(node.published.length, 0);
  });

  it('a connection that says nothing more is closed', async (t) => {
    const { server } = await serve(t, {}, { timeouts: { keepAliveMs: 20, idleMs: 60 } });
    const kept = await said(server, `GET /healthz HTTP/1.1\r\n${host}\r\n`);
    assert.match(kept, /^HTTP\/1\.1 200 /);
    const silent = await rawSocket(server);
    await received(silent);
  });
});

it('pipelined requests are answered in order, each on its own', async (t) => {
  const { server, node } = await serve(t);
  const body = '{"url":"u"}';
  const post = `POST /api/updates HTTP/1.1\r\n${json}Content-Length: ${body.length}\r\n\r\n${body}`;
  const get = `GET /nowhere HTTP/1.1\r\n${host}\r\n`;
  const last = `GET /healthz HTTP/1.1\r\n${host}Connection: close\r\n\r\n`;
  const text = await said(server, `${post}${get}${post}${last}`);
  assert.deepEqual(
    [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1]),
    ['201', '404', '201', '200'],
  );
  assert.equal(node.published.length, 2);
});

it('a refused body is never taken for the next request', async (t) => {
  const { server, node } = await serve(t, { maxBodyBytes: 1024 });
  const inner = `POST /api/updates HTTP/1.1\r\n${json}Content-Length: 11\r\n\r\n{"url":"u"}`;
  const text = await said(
    server,
    `POST /api/updates HTTP/1.1\r\n${json}Content-Length: 5000\r\n\r\n${inner}${' '.repeat(5000 - inner.length)}`,
  );
  assert.deepEqual(text.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 413']);
  assert.equal(node.published.length, 0);
});
