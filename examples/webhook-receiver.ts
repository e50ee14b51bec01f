/**
 * Receives what a webhook sink sends: takes only what is signed and fresh, passes over what it has had, prints the rest.
 *
 *   SECRET='at least sixteen characters' npx node examples/webhook-receiver.ts
 *
 * On the node's side (`allowPrivate`, since this one listens on loopback):
 *
 *   subscriptions:
 *     search:
 *       sink: { type: webhook, url: 'http://127.0.0.1:8080/', secret: at least sixteen characters, allowPrivate: true }
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

const { SECRET: secret = '', PORT: port = '8080' } = process.env;
if (secret === '') throw new Error('Set SECRET to the `secret` of the sink.');

const freshSeconds = 300;
/** Larger than the sink's `maxBodyBytes`, for an update that is too large goes alone. */
const mostBytes = 64 * 1024 * 1024;
/** Deliveries that were worked on. A real service would keep them for a day, where its data is. */
const done = new Set<string>();
const mostDone = 10_000;

interface Update {
  readonly url: string;
  readonly kind: string;
}

const server = createServer((request, response) => {
  take(request).then(
    (status) => response.writeHead(status).end(),
    (error: unknown) => {
      // 500 says that it is not the updates' fault: they come again.
      console.error(error);
      response.writeHead(500).end();
    },
  );
});

/** The status to answer with. */
async function take(request: IncomingMessage): Promise<number> {
  const body = await bodyOf(request);
  if (body === undefined) return 413;
  if (!isGenuine(request.headers, body)) return 401;
  const delivery = String(request.headers['bucketcast-delivery']);
  if (done.has(delivery)) {
    console.log(`had ${delivery} before`);
    return 204;
  }
  const { updates } = JSON.parse(body.toString()) as { updates: readonly Update[] };
  for (const { kind, url } of updates) console.log(`${kind} ${url}`);
  // Only when all is done: what fails in between has to come again.
  remember(delivery);
  return 204;
}

/** Checked over the bytes as they came, before anything parses them. */
function isGenuine(headers: IncomingHttpHeaders, body: Buffer): boolean {
  const timestamp = String(headers['bucketcast-timestamp']);
  if (!/^\d+$/.test(timestamp) || Math.abs(Date.now() / 1000 - Number(timestamp)) > freshSeconds)
    return false;
  const hex = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');
  const expected = Buffer.from(`v1=${hex}`);
  const given = Buffer.from(String(headers['bucketcast-signature']));
  return given.length === expected.length && timingSafeEqual(given, expected);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > mostBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function remember(delivery: string): void {
  done.add(delivery);
  const [oldest] = done;
  if (done.size > mostDone && oldest !== undefined) done.delete(oldest);
}

server.listen(Number(port), '127.0.0.1', () =>
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}/`),
);
process.once('SIGTERM', () => server.close());
