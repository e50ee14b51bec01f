import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FeedDocument } from '../demo/feeds.ts';

/** One request that the site was asked. */
export interface Visit {
  readonly server: string;
  readonly url: string;
  /** Monotonic, ms. */
  readonly at: number;
}

/** The web site whose feeds are aggregated, on this machine. It is not fast, and notes who asks. */
export class FeedSite implements AsyncDisposable {
  readonly urls: readonly string[];
  readonly #close: () => Promise<void>;
  #visits: Visit[];

  static async open(documents: readonly FeedDocument[], answersAfterMs: number): Promise<FeedSite> {
    const visits: Visit[] = [];
    const server = createServer(({ url = '/', headers }, response) => {
      const found = documents.find(({ name }) => `/${encodeURIComponent(name)}` === url);
      const address = `http://${headers.host}${url}`;
      visits.push({ server: String(headers['user-agent']), url: address, at: performance.now() });
      response.statusCode = found === undefined ? 404 : 200;
      setTimeout(() => response.end(found?.bytes), answersAfterMs);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const urls = documents.map(({ name }) => `http://127.0.0.1:${port}/${encodeURIComponent(name)}`);
    const close = async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    };
    return new FeedSite(urls, visits, close);
  }

  private constructor(urls: readonly string[], visits: Visit[], close: () => Promise<void>) {
    this.urls = urls;
    this.#visits = visits;
    this.#close = close;
  }

  /** Those since the last call. */
  takeVisits(): Visit[] {
    return this.#visits.splice(0);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}
