import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { Settings } from '../../src/config/settings.ts';

export interface GetRequest {
  /** Key in the bucket. */
  readonly key: string;
  answer(status: number, body?: Uint8Array | string): void;
  /** Resolves when the client has gone without an answer. */
  readonly abandoned: Promise<void>;
}

export interface BucketServer {
  readonly store: Partial<Settings['store']>;
  /** Every GET so far; a test answers them. */
  readonly requests: GetRequest[];
  /** The GET with this number, from 0; waits for it. */
  request(index: number): Promise<GetRequest>;
}

/** An S3 gateway that only knows GET, and answers when the test says so. */
export async function startBucketServer(t: TestContext): Promise<BucketServer> {
  const requests: GetRequest[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    requests.push(getRequest(request, response));
    for (const look of waiting.splice(0)) look();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    store: {
      url: `s3://bucket?endpoint=http://127.0.0.1:${port}&region=us-east-1&pathStyle=true`,
      accessKeyId: 'key',
      secretAccessKey: 'secret',
    },
    requests,
    request: async (index) => {
      while (requests.length <= index) await new Promise<void>((resolve) => waiting.push(resolve));
      return requests[index] as GetRequest;
    },
  };
}

function getRequest(request: IncomingMessage, response: ServerResponse): GetRequest {
  const path = decodeURIComponent(new URL(request.url as string, 'http://localhost').pathname);
  return {
    key: path.replace('/bucket/', ''),
    answer: (status, body = '') => {
      response.writeHead(status, {
        etag: '"1"',
        'last-modified': new Date(0).toUTCString(),
        'content-length': Buffer.byteLength(body),
      });
      response.end(body);
    },
    abandoned: once(response, 'close').then(() => {}),
  };
}
