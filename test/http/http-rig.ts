import type { TestContext } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { BucketcastError } from '../../src/base/errors.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { randomHex } from '../../src/base/random.ts';
import type { NewUpdate } from '../../src/base/update.ts';
import { defaultSettings, type Settings } from '../../src/config/settings.ts';
import type { HintDoor } from '../../src/hints/hint-door.ts';
import type { HttpParts, ServedRequest } from '../../src/http/http-parts.ts';
import { HttpServer } from '../../src/http/http-server.ts';
import type { NodeState, ServedNode } from '../../src/http/served-node.ts';
import type { Published, PublishOptions, Spooled } from '../../src/publish/published.ts';
import type { Readiness } from '../../src/status/readiness.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { memoryAnswers } from './memory-answers.ts';

type Answer = (update: NewUpdate, options: PublishOptions) => Promise<Published | Spooled>;

/** A node as the server sees it, that does what the test says. */
export class PlainNode implements ServedNode {
  readonly metricsContentType = 'text/plain; version=0.0.4; charset=utf-8';
  readonly published: { readonly update: NewUpdate; readonly options: PublishOptions }[] = [];
  ready: Readiness = { ready: true };
  hints: HintDoor | undefined;
  current: Settings['limits'] = defaultSettings.limits;
  index: NodeState = noIndex;
  claims: ServedNode['claims'] = {
    claim: async () => {
      throw new BucketcastError('store-unavailable', 'the node has not reached its store yet');
    },
    find: () => undefined,
  };
  /** What becomes of an update that was taken. */
  answer: Answer = async (_update, { id = '' }) => ({
    id,
    hlc: '0'.repeat(16),
    durable: 'bucket',
    writer: 'a~0123456789abcdef~00',
    lane: 0,
    sequence: this.published.length,
  });
  readonly #random = new SeededRandom(7);

  /** From now on updates are taken and not answered for: `came` resolves with the first, `release` answers. */
  hold(): { readonly came: Promise<void>; readonly release: () => void } {
    const released = Promise.withResolvers<void>();
    const came = Promise.withResolvers<void>();
    this.answer = async (_update, { id = '' }) => {
      came.resolve();
      await released.promise;
      return { id, durable: 'spool' };
    };
    return { came: came.promise, release: released.resolve };
  }

  async metrics(): Promise<string> {
    return '# HELP a b\n';
  }

  readiness(): Readiness {
    return this.ready;
  }

  status() {
    return { server: 'a', version: '0', problems: [] } as unknown as ReturnType<ServedNode['status']>;
  }

  publish(update: NewUpdate, options: PublishOptions = {}): Promise<Published | Spooled> {
    const { id = randomHex(this.#random, 16) } = options;
    this.published.push({ update, options });
    return this.answer(update, { ...options, id });
  }

  limits(): Settings['limits'] {
    return this.current;
  }

  limit(change: Partial<Settings['limits']>): Settings['limits'] {
    this.current = { ...this.current, ...change };
    return this.current;
  }
}

const noIndex: NodeState = {
  get: () => undefined,
  standing: () => {
    throw new BucketcastError('invalid-settings', 'this node keeps no index', { hint: 'Set index.enabled.' });
  },
};

interface PostInit extends RequestInit {
  readonly headers?: Readonly<Record<string, string>>;
  /** Needed with a stream as body. */
  readonly duplex?: 'half';
}

export interface Served {
  readonly node: PlainNode;
  readonly server: HttpServer;
  readonly observed: ServedRequest[];
  readonly logged: object[];
  /** `fetch` at a path of the server. */
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>;
  /** POSTs JSON. */
  readonly post: (path: string, body: unknown, init?: PostInit) => Promise<Response>;
}

/** A server on a free port, stopped after the test. */
export async function serve(
  t: TestContext,
  settings: Partial<Settings['http']> = {},
  parts: Partial<HttpParts> = {},
): Promise<Served> {
  const node = new PlainNode();
  const observed: ServedRequest[] = [];
  const logged: object[] = [];
  const server = await HttpServer.listen({ ...defaultSettings.http, port: 0, ...settings }, node, {
    clock: systemClock,
    random: new SeededRandom(3),
    logger: { ...silentLogger, error: (facts) => void logged.push(facts) },
    answers: memoryAnswers(),
    observe: (request) => void observed.push(request),
    ...parts,
  });
  t.after(() => server.stop({ timeoutMs: 0 }));
  const ask = (path: string, init?: RequestInit) => fetch(`${server.url}${path}`, init);
  const post = (path: string, body: unknown, init: PostInit = {}) =>
    ask(path, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...init,
      headers: { 'content-type': 'application/json', ...init.headers },
    });
  return { node, server, observed, logged, ask, post };
}
