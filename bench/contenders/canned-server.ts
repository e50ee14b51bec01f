/**
 * A store that costs next to nothing: takes a whole bucket into memory, then answers its readers from there, until its standard
 * input closes. What a reader can do when the gateway is not the limit.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { checkSettings } from '../../src/config/check-settings.ts';
import { openStore, type Settings } from '../../src/index.ts';
import { listAll } from '../../src/store/list-all.ts';
import { CannedBucket, type CannedObject } from '../support/canned-bucket.ts';

const bucket = new CannedBucket(
  await takeAll(JSON.parse(process.argv.at(-1) as string) as Settings['store']),
);
const server = createServer({ noDelay: true }, serve).listen(0, '127.0.0.1');
await once(server, 'listening');
process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
process.stdin.resume().once('end', () => process.exit());

async function takeAll(settings: Settings['store']): Promise<CannedObject[]> {
  const store = await openStore(checkSettings({ store: settings }).store);
  const objects: CannedObject[] = [];
  for await (const { key } of listAll(store, '')) {
    const found = await store.get(key);
    if (found.status !== 'found') throw new Error(`${key}: ${found.status}`);
    objects.push({ key, body: found.body, etag: found.etag, lastModified: found.lastModified });
  }
  await store.close();
  return objects;
}

/** Requests without a body, one after the other or several at once. */
function serve(socket: Socket): void {
  let text = '';
  socket.setEncoding('latin1').on('error', () => {});
  socket.on('data', (chunk: string) => {
    text += chunk;
    socket.cork();
    for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
      respond(socket, text.slice(0, end));
      text = text.slice(end + 4);
    }
    socket.uncork();
  });
}

function respond(socket: Socket, request: string): void {
  const [method = '', target = ''] = request.split(' ', 2);
  const range = /\r\nrange: *([^\r]*)/i.exec(request)?.[1];
  const { status, headers, body } = bucket.answer(method, target, range);
  socket.write(`HTTP/1.1 ${status}\r\nDate: ${new Date().toUTCString()}\r\n${headers}\r\n`, 'latin1');
  if (body.length > 0) socket.write(body);
}
