import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A store that is further away than it is. */
export interface DelayingProxy extends AsyncDisposable {
  /** Where to send requests instead: signatures cover the host, so clients have to be given this one. */
  readonly endpoint: string;
}

/**
 * Passes bytes on as they come, each half a round trip later in either direction, so that a request and its answer take
 * `roundTripMs` more, however many are under way. A new connection costs a round trip before its first byte, as TCP's
 * does. Neither order nor rate change; a receiver that falls behind holds its sender up.
 */
export async function startDelayingProxy(target: string, roundTripMs: number): Promise<DelayingProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true).once('close', () => sockets.delete(socket));
    return socket;
  };
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) => {
    keep(client).on('error', () => client.destroy());
    setTimeout(() => {
      if (client.destroyed) return;
      const store = keep(connect({ host: hostname, port: Number(port), allowHalfOpen: true }));
      passOn(client, store, roundTripMs / 2);
      passOn(store, client, roundTripMs / 2);
      client.resume();
    }, roundTripMs);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    endpoint: `http://127.0.0.1:${typeof address === 'object' ? address?.port : address}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Timers of one length go off in the order they were set, so bytes keep theirs. */
function passOn(from: Socket, to: Socket, delayMs: number): void {
  const later = (run: () => void) => setTimeout(() => to.destroyed || run(), delayMs);
  from.on('data', (bytes) => {
    later(() => {
      if (to.write(bytes)) return;
      from.pause();
      to.once('drain', () => from.resume());
    });
  });
  from.on('end', () => later(() => to.end()));
  from.on('error', () => from.destroy());
  from.on('close', () => later(() => to.destroySoon()));
}
