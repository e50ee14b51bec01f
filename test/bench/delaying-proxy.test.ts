import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { startDelayingProxy } from '../../bench/support/delaying-proxy.ts';

test('a new connection and its first answer take a round trip each', async (t) => {
  await using target = await startEcho();
  t.mock.timers.enable({ apis: ['setTimeout'] });
  await using proxy = await startDelayingProxy(target.url, 20);
  const client = connect(portOf(proxy.endpoint), '127.0.0.1');
  client.write('ping');
  let passed = 0;
  while (client.bytesRead === 0) {
    await turn();
    t.mock.timers.tick(1);
    passed += 1;
  }
  assert.ok(passed >= 40, `answered after ${passed} ms`);
  client.destroy();
});

test('bytes of many connections come whole and in order', async () => {
  await using target = await startEcho();
  await using proxy = await startDelayingProxy(target.url, 2);
  const sent = Array.from({ length: 20 }, (_, index) => `${index} `.repeat(50_000));
  const got = await Promise.all(
    sent.map(async (message) => {
      const client = connect(portOf(proxy.endpoint), '127.0.0.1');
      for (let at = 0; at < message.length; at += 10_000) client.write(message.slice(at, at + 10_000));
      client.end();
      return text(client);
    }),
  );
  assert.ok(got.every((message, index) => message === sent[index]));
});

test('a connection that the store breaks off ends for the client too', async () => {
  await using target = await startTarget((socket) => void socket.resetAndDestroy());
  await using proxy = await startDelayingProxy(target.url, 2);
  const client = connect(portOf(proxy.endpoint), '127.0.0.1').resume();
  client.on('error', () => {});
  await once(client, 'close');
});

const startEcho = () => startTarget((socket) => void socket.pipe(socket));

async function startTarget(serve: (socket: Socket) => void) {
  const server = createServer({ allowHalfOpen: true }, serve).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, 'close');
    },
  };
}

function portOf(url: string): number {
  return Number(new URL(url).port);
}
