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
import { Emitter } from '../../src/base/emitter.ts';
import type { NodeEvents } from '../../src/base/events.ts';
import type { Heard } from '../../src/hints/hint-transport.ts';
import type { AskSns } from '../../src/hints/sns-inbox.ts';
import {
  openWebhookHints,
  type WebhookHints,
  type WebhookParts,
  type WebhookSettings,
} from '../../src/hints/webhook-hints.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { SeededRandom } from '../support/seeded-random.ts';

export const secret = 'a secret of hints'.replaceAll(' ', '-');

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A node at the other end: keeps what it got, and answers as the test says. */
export class Peer {
  readonly received: Received[] = [];
  /** 0: no answer. */
  status = 202;
  #came = Promise.withResolvers<void>();
  readonly #server: Server;

  static async start(t: TestContext): Promise<Peer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return new Peer(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request, response) => void this.#take(request, response));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get bodies(): readonly string[] {
    return this.received.map(({ body }) => body);
  }

  /** Resolves once it has got so many. */
  async got(count: number): Promise<void> {
    while (this.received.length < count) await this.#came.promise;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { url = '', headers } = request;
    this.received.push({ path: url, headers, body: Buffer.concat(chunks).toString() });
    if (this.status !== 0) response.writeHead(this.status).end('an answer');
    this.#came.resolve();
    this.#came = Promise.withResolvers();
  }
}

/** A webhook transport that has begun, what it heard and told, and a clock that stands still. */
export class WebhookRig {
  readonly clock = new FakeClock(Date.UTC(2027, 0, 1));
  readonly heard: Heard[] = [];
  readonly failed: NodeEvents['hints-failed'][] = [];
  readonly recovered: NodeEvents['hints-recovered'][] = [];
  /** What SNS is asked for, and by default answers: nothing. */
  readonly asked: string[] = [];
  answer: AskSns = async () => '';
  readonly #waiting: (() => void)[] = [];
  readonly events = new Emitter<NodeEvents>();
  #hints: WebhookHints | undefined;

  static async start(t: TestContext, settings: Partial<WebhookSettings> = {}): Promise<WebhookRig> {
    const rig = new WebhookRig();
    rig.events.on('hints-failed', (facts) => rig.#note(rig.failed, facts));
    rig.events.on('hints-recovered', (facts) => rig.#note(rig.recovered, facts));
    rig.#hints = await openWebhookHints({ peers: [], snsTopics: [], secret, ...settings }, rig.parts);
    rig.hints.start((what) => rig.#note(rig.heard, what));
    t.after(async () => {
      const stopped = rig.hints.stop();
      await rig.clock.advance(1000);
      await stopped;
    });
    return rig;
  }

  get parts(): WebhookParts {
    return {
      clock: this.clock,
      random: new SeededRandom(5),
      http: true,
      events: this.events,
      askSns: (url, signal) => {
        this.asked.push(url.href);
        return this.answer(url, signal);
      },
    };
  }

  get hints(): WebhookHints {
    if (this.#hints === undefined) throw new Error('not opened');
    return this.#hints;
  }

  /** Resolves once the condition holds, which is looked at whenever anything is heard or told. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** The status that a POST gets. */
  async post(body: unknown, headers: IncomingHttpHeaders = {}, query = `secret=${secret}`): Promise<number> {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const posted = { headers, query: new URLSearchParams(query), body: Buffer.from(text) };
    return (await this.hints.post(posted)).status;
  }

  #note<What>(list: What[], what: What): void {
    list.push(what);
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
