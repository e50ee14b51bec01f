import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { afterEach } from 'node:test';
import { defaultSettings, type Settings } from '../../src/config/settings.ts';
import { type OpenStoreOptions, openStore } from '../../src/store/open-store.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

export interface ScriptedS3 {
  readonly requests: readonly IncomingMessage[];
  readonly endpoint: string;
  open(settings?: Partial<Settings['store']>, options?: OpenStoreOptions): ReturnType<typeof openStore>;
}

export const entry = (key: string): string =>
  `<Contents><Key>${key}</Key><Size>1</Size><ETag>"e"</ETag><LastModified>2026-01-01T00:00:00.000Z</LastModified></Contents>`;

export interface ScriptedServers {
  readonly serve: (answer: Answer) => Promise<ScriptedS3>;
  /** One that is given the bare connections. */
  readonly connect: (
    accept: (socket: Socket) => void,
    scheme?: string,
  ) => Promise<Pick<ScriptedS3, 'endpoint' | 'open'>>;
}

/** Servers that answer as a test says, and stores before them; all of them go with the test. */
export function scriptedS3(): ScriptedServers {
  const owned: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of owned.splice(0).reverse()) await end();
  });

  const storesAt =
    (endpoint: string): ScriptedS3['open'] =>
    async (settings = {}, options = {}) => {
      const keys = settings.profile === undefined ? { accessKeyId: 'a', secretAccessKey: 'b' } : {};
      const url = `s3://bucket/p?endpoint=${endpoint}`;
      const store = await openStore({ ...defaultSettings.store, ...keys, url, ...settings }, options);
      owned.push(() => store.close());
      return store;
    };

  return {
    async serve(answer) {
      const requests: IncomingMessage[] = [];
      const server = createServer((request, response) => {
        requests.push(request);
        request.resume().on('end', () => answer(request, response));
      });
      owned.push(() => {
        server.close();
        server.closeAllConnections();
      });
      const endpoint = `http://127.0.0.1:${await portOf(server)}`;
      return { requests, endpoint, open: storesAt(endpoint) };
    },

    async connect(accept, scheme = 'http') {
      const sockets = new Set<Socket>();
      const server = createTcpServer((socket) => {
        sockets.add(socket);
        socket.on('error', () => {});
        accept(socket);
      });
      owned.push(() => {
        server.close();
        for (const socket of sockets) socket.destroy();
      });
      const endpoint = `${scheme}://127.0.0.1:${await portOf(server)}`;
      return { endpoint, open: storesAt(endpoint) };
    },
  };
}

async function portOf(server: ReturnType<typeof createTcpServer>): Promise<number | undefined> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' ? address?.port : undefined;
}

export function say(
  response: ServerResponse,
  status: number,
  body = '',
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/xml', ...headers }).end(body);
}

export const errorXml = (code: string, more = ''): string =>
  `<Error><Code>${code}</Code><Message></Message>${more}</Error>`;
