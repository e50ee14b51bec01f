import type { TestContext } from 'node:test';
import { BucketcastError } from '../../src/base/errors.ts';
import type { Update } from '../../src/base/update.ts';
import type { SettingsInput } from '../../src/config/settings.ts';
import type { Components } from '../../src/node/foundation.ts';
import { type BucketcastNode, createNode } from '../../src/node.ts';
import { openMemoryState } from '../../src/state/open-state.ts';
import type { State } from '../../src/state/state.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { SeededRandom } from '../support/seeded-random.ts';

type Call = 'get' | 'head' | 'put' | 'list' | 'delete' | 'deleteMany';
const calls: readonly Call[] = ['get', 'head', 'put', 'list', 'delete', 'deleteMany'];

/** Nodes over one bucket in memory, in a time of its own. */
export class NodeRig {
  readonly clock = new FakeClock();
  readonly random = new SeededRandom(1);
  readonly bucket = new MemoryStore({ clock: this.clock });
  /** What all nodes asked of the bucket, in order. */
  requests: { readonly call: Call; readonly key: string }[] = [];
  /** Says which calls get no answer. */
  fails: (call: Call, key: string) => boolean = () => false;
  readonly #t: TestContext;

  constructor(t: TestContext) {
    this.#t = t;
  }

  state(): State {
    return openMemoryState({ clock: this.clock, random: this.random });
  }

  components(components: Partial<Components> = {}): Partial<Components> {
    const { clock, random } = this;
    return { clock, random, store: this.#store(), state: this.state(), ...components };
  }

  /** A node that is not started; it is stopped after the test. */
  node(server: string, settings: SettingsInput = {}, components: Partial<Components> = {}): BucketcastNode {
    const node = createNode({ ...settings, server }, this.components(components));
    this.#t.after(() => node.stop({ timeoutMs: 0 }));
    return node;
  }

  async started(
    server: string,
    settings: SettingsInput = {},
    components: Partial<Components> = {},
  ): Promise<BucketcastNode> {
    const node = this.node(server, settings, components);
    await this.wait(node.start());
    return node;
  }

  /** The URLs that a new subscription gets, as they come. */
  async reads(node: BucketcastNode, name = 'all'): Promise<string[]> {
    const urls: string[] = [];
    const deliver = (updates: readonly Update[]) => void urls.push(...updates.map(({ url }) => url));
    await this.wait(node.subscribe({ name }, deliver));
    return urls;
  }

  /** Lets time pass until the promise is settled. */
  wait<Result>(promise: Promise<Result>, limitMs?: number): Promise<Result> {
    return this.clock.settled(promise, limitMs);
  }

  #store(): ObjectStore {
    return new Proxy<ObjectStore>(this.bucket, {
      get: (bucket, name) => {
        const member: unknown = Reflect.get(bucket, name, bucket);
        if (typeof member !== 'function') return member;
        const call = calls.find((known) => known === name);
        if (call === undefined) return member.bind(bucket);
        return async (...args: [key: string]) => {
          this.requests.push({ call, key: args[0] });
          if (this.fails(call, args[0])) throw new BucketcastError('store-unavailable', 'no answer');
          return member.apply(bucket, args) as unknown;
        };
      },
    });
  }
}
