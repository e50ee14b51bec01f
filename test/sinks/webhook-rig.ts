import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { inspect } from 'node:util';
import { BucketcastError } from '../../src/base/errors.ts';
import type { Update } from '../../src/base/update.ts';
import { type SinkOf, sink as sinkSettings } from '../../src/config/sink-settings.ts';
import { WebhookEndpoints } from '../../src/sinks/webhook-endpoints.ts';
import { type WebhookParts, WebhookSink } from '../../src/sinks/webhook-sink.ts';
import { FakeClock } from '../support/fake-clock.ts';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** What the urls of its updates end with. */
  readonly names: readonly string[];
}

type Answer = (request: Received, response: ServerResponse) => void;

export const status =
  (code: number, headers: Record<string, string> = {}, text = ''): Answer =>
  (_request, response) => {
    response.writeHead(code, headers).end(text);
  };

/** An HTTP server that keeps what it got; `answer` may be changed at any time. */
export class Endpoint {
  readonly received: Received[] = [];
  answer: Answer = status(204);
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
    server.on('request', (incoming: IncomingMessage, response: ServerResponse) => {
      void this.#take(incoming, response);
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  /** Names of the updates of each request. */
  get requests(): readonly string[] {
    return this.received.map(({ names }) => names.join(' '));
  }

  /** Resolves when nobody is connected any more, which is to be soon: before an idle connection would end by itself. */
  async deserted(): Promise<void> {
    for (let turns = 10_000; turns > 0; turns -= 1) {
      const count = await new Promise<number>((resolve) =>
        this.#server.getConnections((_error, connections) => resolve(connections)),
      );
      if (count === 0) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
    throw new Error('somebody is still connected');
  }

  async #take(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    } catch {
      return;
    }
    const body = Buffer.concat(chunks).toString();
    const { updates } = JSON.parse(body) as { updates: { url: string }[] };
    const names = updates.map(({ url }) => url.split('/').at(-1) as string);
    const request = { path: incoming.url ?? '', headers: incoming.headers, body, names };
    this.received.push(request);
    this.answer(request, response);
  }
}

export async function openEndpoint(t: TestContext, server: Server = createServer()): Promise<Endpoint> {
  const endpoint = new Endpoint(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return endpoint;
}

type Changes = Partial<Omit<SinkOf<'webhook'>, 'type'>>;

/** A sink for `url` that is closed after the test; its clock stands still unless told otherwise. */
export function openSink(
  t: TestContext,
  url: string,
  settings: Changes = {},
  parts: Partial<WebhookParts> = {},
): WebhookSink & { readonly clock: FakeClock } {
  const clock = (parts.clock as FakeClock | undefined) ?? new FakeClock();
  const all = sinkSettings.parse({ type: 'webhook', url, allowPrivate: true, ...settings });
  const endpoints = parts.endpoints ?? new WebhookEndpoints(clock);
  const sink = new WebhookSink(all as SinkOf<'webhook'>, {
    subscription: 'mail',
    ...parts,
    clock,
    endpoints,
  });
  t.after(() => sink.close());
  return Object.assign(sink, { clock });
}

export function update(name: string | number, fields: Partial<Update> = {}): Update {
  return {
    id: Buffer.from(String(name)).toString('hex').padStart(32, '0'),
    url: `https://example.com/${name}`,
    content: { entries: [name] },
    data: null,
    kind: 'put',
    server: 'a',
    time: Date.UTC(2026, 0, 31, 12),
    hlc: '0'.repeat(16),
    writer: 'w',
    lane: 0,
    sequence: 0,
    index: 0,
    ...fields,
  };
}

export const updates = (...names: (string | number)[]): Update[] => names.map((name) => update(name));

/** What a subscription hands over with a batch; keeps what was acknowledged, by name. */
export function control() {
  const acknowledged: string[] = [];
  const controller = new AbortController();
  return {
    acknowledged,
    abort: () => controller.abort(),
    signal: controller.signal,
    ack: ({ url }: Update) => {
      acknowledged.push(url.split('/').at(-1) as string);
    },
  };
}

/** What `promise` rejects with, which is always one of ours. */
export async function failureOf(promise: Promise<unknown>): Promise<BucketcastError> {
  const [result] = await Promise.allSettled([promise]);
  assert.ok(result.status === 'rejected', 'it did not fail');
  const error: unknown = result.reason;
  assert.ok(error instanceof BucketcastError, inspect(error));
  return error;
}
