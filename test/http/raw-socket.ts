import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { HttpServer } from '../../src/http/http-server.ts';

/** A connection on which anything can be said. */
export async function rawSocket({ host, port }: Pick<HttpServer, 'host' | 'port'>): Promise<Socket> {
  const socket = connect({ host, port });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Everything that comes back until the server closes. */
export async function received(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => {
    text += String(chunk);
  });
  await once(socket, 'close');
  return text;
}

/** What the server answers to these bytes, said at once. */
export async function said(server: Pick<HttpServer, 'host' | 'port'>, bytes: string): Promise<string> {
  const socket = await rawSocket(server);
  socket.write(bytes);
  return received(socket);
}
