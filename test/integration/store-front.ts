import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { TestContext } from 'node:test';
import { freePorts } from '../support/processes.ts';

export interface StoreFront {
  readonly environment: Readonly<Record<string, string>>;
  /** Resolves with the first request. */
  readonly asked: Promise<void>;
  /** From now on there is an empty S3 store that takes everything and keeps only its id. */
  open(): Promise<void>;
  /** From now on no PUT is answered; resolves with the first of them. */
  holdWrites(): Promise<void>;
}

const fleetId = 'bucketcast-fleet 1 9657450b608b056e02ac071fccb997f5 c910b6d9\n';

/** A store that refuses connections or never answers, until it is opened. */
export async function startStoreFront(t: TestContext, behaviour: 'refuse' | 'hang'): Promise<StoreFront> {
  const port = await freePorts();
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  let answer: RequestListener = () => resolve();
  const server = createServer((request, response) => answer(request, response));
  const listen = async () => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  if (behaviour === 'hang') await listen();
  return {
    environment: {
      BUCKETCAST_STORE_URL: `s3://bucket?endpoint=http://127.0.0.1:${port}&region=x`,
      BUCKETCAST_STORE_ACCESS_KEY_ID: 'id',
      BUCKETCAST_STORE_SECRET_ACCESS_KEY: 'secret',
      BUCKETCAST_RETRY_CAP_MS: '200',
    },
    asked,
    async open() {
      answer = emptyStore;
      if (!server.listening) await listen();
    },
    holdWrites: () =>
      new Promise((held) => {
        answer = (request, response) => (request.method === 'PUT' ? held() : emptyStore(request, response));
      }),
  };
}

const emptyStore: RequestListener = ({ method, url = '' }, response) => {
  response.setHeader('etag', '"x"');
  if (method !== 'GET') response.end();
  else if (url.includes('/v1/id')) response.end(fleetId);
  else if (url.includes('list-type=2'))
    response.end('<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>');
  else response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
};
