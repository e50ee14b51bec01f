import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { SettingsInput } from '../../src/config/settings.ts';
import { type BucketcastNode, createNode } from '../../src/node.ts';
import { freePorts } from '../support/processes.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { Arrivals } from './arrivals.ts';

// Every wait below ends long before the next poll would.
const never = 3_600_000;
const timeout = 30_000;
const secret = 'a-secret-of-all-servers';

/** Nodes that know each other by address, over one bucket on this disk. */
class Peers {
  readonly #t: TestContext;
  readonly #ports: ReadonlyMap<string, number>;
  readonly #settings: SettingsInput;

  static async make(t: TestContext, names: readonly string[], settings: SettingsInput = {}): Promise<Peers> {
    const first = await freePorts(names.length);
    return new Peers(t, new Map(names.map((name, index) => [name, first + index])), settings);
  }

  private constructor(t: TestContext, ports: ReadonlyMap<string, number>, settings: SettingsInput) {
    this.#t = t;
    this.#ports = ports;
    this.#settings = { store: { url: `file:${temporaryDirectory()}` }, ...settings };
  }

  async start(server: string): Promise<{ readonly node: BucketcastNode; readonly arrivals: Arrivals }> {
    const others = [...this.#ports].filter(([name]) => name !== server);
    const node = createNode({
      server,
      state: temporaryDirectory(),
      poll: { minMs: never, maxMs: never },
      http: { port: this.#ports.get(server) as number },
      hints: {
        maxPollMs: never,
        webhook: { secret, peers: others.map(([, port]) => `http://127.0.0.1:${port}`) },
      },
      ...this.#settings,
    });
    this.#t.after(() => node.stop({ timeoutMs: 0 }));
    const arrivals = new Arrivals();
    await node.start({ http: true });
    await node.subscribe({ name: 'all', from: 'latest' }, arrivals.take);
    return { node, arrivals };
  }
}

test('nodes that hardly ever poll tell each other by HTTP', { timeout }, async (t) => {
  const peers = await Peers.make(t, ['a', 'b', 'c']);
  const [a, b, c] = [await peers.start('a'), await peers.start('b'), await peers.start('c')];
  await a.node.publish({ url: 'from-a', content: 1 });
  await Promise.all([b.arrivals.until('from-a'), c.arrivals.until('from-a')]);
  await c.node.publish({ url: 'from-c', content: 2 });
  await Promise.all([a.arrivals.until('from-c'), b.arrivals.until('from-c')]);
  assert.deepEqual(b.arrivals.urls, ['from-a', 'from-c']);
});

test('small sealed segments come with the hint, and are not fetched', { timeout }, async (t) => {
  const encryption = { keys: [{ id: 'k1', secret: 'a1'.repeat(32) }], active: 'k1', required: true };
  const peers = await Peers.make(t, ['a', 'b'], { encryption });
  const [a, b] = [await peers.start('a'), await peers.start('b')];
  for (const url of ['1', '2', '3']) {
    await a.node.publish({ url, content: url });
    await b.arrivals.until(url);
  }
  assert.equal(b.node.snapshot().hints?.inline.served, 3);
});

test('a node that was away is told again once it is back', { timeout }, async (t) => {
  const peers = await Peers.make(t, ['a', 'b']);
  const a = await peers.start('a');
  const away = Promise.withResolvers<void>();
  a.node.events.on('hints-failed', () => away.resolve());
  await a.node.publish({ url: 'unheard', content: 1 });
  await away.promise;
  assert.match(a.node.snapshot().hints?.transports[0]?.trouble?.message ?? '', /ECONNREFUSED/);
  const back = Promise.withResolvers<void>();
  a.node.events.on('hints-recovered', () => back.resolve());
  const b = await peers.start('b');
  await back.promise;
  await a.node.publish({ url: 'heard', content: 2 });
  await b.arrivals.until('heard');
});
