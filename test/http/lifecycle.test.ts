import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { describe, it } from 'node:test';
import { serve } from './http-rig.ts';
import { rawSocket, received } from './raw-socket.ts';

describe('listening', () => {
  it('a port in use is told with its address and what to do, and the server there goes on', async (t) => {
    const { server, ask } = await serve(t);
    await assert.rejects(serve(t, { port: server.port }), {
      code: 'address-taken',
      message: new RegExp(`127\\.0\\.0\\.1 port ${server.port} is already in use`),
      hint: /http\.port .*0 takes a free one/,
    });
    assert.equal((await ask('/healthz')).status, 200);
  });

  it('an address that is not of this machine is told as such', async (t) => {
    await assert.rejects(serve(t, { host: '192.0.2.7', token: 'correct horse battery' }), {
      code: 'invalid-settings',
      message: /192\.0\.2\.7 port 0 is no address of this machine/,
    });
  });

  it('two servers have two tokens of their own', async (t) => {
    const one = await serve(t);
    const two = await serve(t, {}, { random: { bytes: (length) => new Uint8Array(length), float: () => 0 } });
    assert.notEqual(one.server.token, two.server.token);
  });
});

describe('stopping', () => {
  it('lets what is under way end, closes what is idle, and takes no more connections', async (t) => {
    const { node, server, post, ask } = await serve(t);
    const { came, release } = node.hold();
    await (await ask('/healthz')).text();
    const silent = await rawSocket(server);
    const closed = received(silent);
    const asking = post('/api/updates', { url: 'u' });
    await came;
    const stopped = server.stop({ timeoutMs: 60_000 });
    await closed;
    await assert.rejects(
      rawSocket(server).then((socket) => received(socket)),
      { code: 'ECONNREFUSED' },
    );
    release();
    const answer = await asking;
    assert.deepEqual([answer.status, answer.headers.get('connection')], [201, 'close']);
    await stopped;
    await server.stop({ timeoutMs: 0 });
  });

  it('cuts off what has not ended in time', async (t) => {
    const { node, server, post } = await serve(t);
    const { came } = node.hold();
    const asking = post('/api/updates', { url: 'u' });
    await came;
    await Promise.all([assert.rejects(asking), server.stop({ timeoutMs: 10 })]);
  });

  it('a stream of lines whose answer has begun ends with its body, and its connection with it', async (t) => {
    const { server } = await serve(t);
    const sent = request(`${server.url}/api/updates`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', connection: 'keep-alive' },
    });
    sent.write('{"url":"a"}\n');
    const [answer] = await once(sent, 'response');
    const stopped = server.stop({ timeoutMs: 60_000 });
    sent.end('{"url":"b"}\n');
    let text = '';
    for await (const chunk of answer) text += String(chunk);
    assert.match(text, /"complete":true,"lines":2/);
    await stopped;
  });

  it('when it drains it still answers, says that it stops, and takes no updates', async (t) => {
    const { node, server, ask, post } = await serve(t);
    server.drain();
    const ready = await ask('/readyz');
    assert.equal(ready.status, 503);
    assert.equal(((await ready.json()) as { detail: string }).detail, 'stopping');
    assert.equal(ready.headers.get('connection'), 'close');
    const refused = await post('/api/updates', { url: 'u' });
    assert.deepEqual([refused.status, refused.headers.get('retry-after')], [503, '5']);
    assert.equal((await ask('/healthz')).status, 200);
    assert.equal((await ask('/metrics')).status, 200);
    assert.equal(node.published.length, 0);
  });
});
