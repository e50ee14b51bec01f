import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, request, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';

const tls = join(import.meta.dirname, '../fixtures/tls');
/** Self-signed for `localhost` and 127.0.0.1; a test's own certificate authority. */
export const certificateFile = join(tls, 'certificate.pem');

export interface Front {
  readonly url: string;
  /** What was asked of it: `GET http://…` or `CONNECT host:port`. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** TLS in front of a plain HTTP server, as load balancers do it. */
export function startTlsFront(target: string): Promise<Front> {
  const requests: string[] = [];
  const options = { key: readFileSync(join(tls, 'key.pem')), cert: readFileSync(certificateFile) };
  const server = createTlsServer(
    options,
    forward(requests, () => new URL(target)),
  );
  return listen(server, requests, 'https');
}

/** A forward proxy: absolute URLs for `http:`, CONNECT for `https:`. */
export function startForwardProxy(): Promise<Front> {
  const requests: string[] = [];
  const server = createServer(forward(requests, (incoming) => new URL(incoming.url ?? '')));
  server.on('connect', (incoming, socket) => {
    requests.push(`CONNECT ${incoming.url}`);
    const [host = '', port = ''] = (incoming.url ?? '').split(':');
    const outward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      outward.pipe(socket).pipe(outward);
    });
    outward.on('error', () => socket.destroy());
    socket.on('error', () => outward.destroy());
  });
  return listen(server, requests, 'http');
}

/** A forward proxy that lets nobody through without a password, and takes none. */
export function startRefusingProxy(): Promise<Front> {
  const requests: string[] = [];
  const server = createServer((incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url}`);
    outgoing.writeHead(407, { 'proxy-authenticate': 'Basic' }).end();
  });
  server.on('connect', (incoming, socket) => {
    requests.push(`CONNECT ${incoming.url}`);
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\n\r\n');
  });
  return listen(server, requests, 'http');
}

/** Passes the path on as it came: a normalised one would break the signature. */
function forward(requests: string[], targetOf: (incoming: IncomingMessage) => URL): RequestListener {
  return (incoming, outgoing) => {
    requests.push(`${incoming.method} ${incoming.url}`);
    const { hostname, port } = targetOf(incoming);
    const path = (incoming.url ?? '').replace(/^https?:\/\/[^/]*/, '');
    const onward = request(
      { hostname, port, path, method: incoming.method, headers: incoming.headers },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      },
    );
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  };
}

async function listen(
  server: Server | ReturnType<typeof createTlsServer>,
  requests: string[],
  scheme: string,
): Promise<Front> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : address;
  return {
    url: `${scheme}://127.0.0.1:${port}`,
    requests,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
