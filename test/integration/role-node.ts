import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { systemClock } from '../../src/base/clock.ts';
import type { NodeEvents } from '../../src/base/events.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { systemRandom } from '../../src/base/random.ts';
import type { Settings, SettingsInput } from '../../src/config/settings.ts';
import { type BucketcastNode, createNode } from '../../src/node.ts';
import { openMemoryState } from '../../src/state/open-state.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { openStore } from '../../src/store/open-store.ts';

/** Everything that takes minutes in life takes seconds here. */
const hasty = {
  poll: { minMs: 20, maxMs: 100 },
  publish: { tipIntervalMs: 50, retireAfterMs: 2000 },
  retention: { maxAgeMs: 60_000, marginMs: 0, intervalMs: 1000 },
  retry: { baseMs: 20, capMs: 200 },
} satisfies SettingsInput;

export interface RoleNodeOptions {
  readonly isJanitor?: boolean;
  readonly settings?: SettingsInput;
}

/** A node with one user's key, in this process, that notes what it delivers and what it complains of. */
export class RoleNode {
  readonly node: BucketcastNode;
  /** What it logged at `warn` and above, with the facts as JSON. */
  readonly log: string[] = [];
  readonly #urls: string[] = [];
  readonly #seen = new Set<string>();
  polls = 0;

  private constructor(
    server: string,
    store: ObjectStore,
    { isJanitor = false, settings = {} }: RoleNodeOptions,
  ) {
    const janitor = {
      enabled: isJanitor,
      quietMs: 2500,
      intervalMs: isJanitor ? 1000 : 60_000,
      mergeFrom: 2,
    };
    const note = (facts: object, message: string) =>
      void this.log.push(`${server}: ${message} ${JSON.stringify(facts)}`);
    this.node = createNode(
      { ...hasty, janitor, ...settings, server },
      {
        store,
        state: openMemoryState({ clock: systemClock, random: systemRandom }),
        logger: { ...silentLogger, warn: note, error: note },
      },
    );
    this.node.events.on('poll', () => {
      this.polls += 1;
    });
    this.node.events.on('poll-failed', ({ error }) => note({}, String(error)));
    for (const name of ['trimmed', 'parked', 'merged'] as const)
      this.node.events.on(name, () => void this.#seen.add(name));
  }

  /** Started and subscribed to everything; stopped after the test. */
  static async start(
    t: TestContext,
    server: string,
    settings: Settings['store'],
    options: RoleNodeOptions = {},
  ): Promise<RoleNode> {
    const driver = await openStore(settings);
    const role = new RoleNode(server, anHourLater(driver), options);
    t.after(async () => {
      await role.node.stop({ timeoutMs: 1000 });
      await driver.close();
    });
    await role.node.start();
    await role.node.subscribe({ name: 'all' }, (updates) => {
      role.#urls.push(...updates.map(({ url }) => url));
    });
    return role;
  }

  get urls(): readonly string[] {
    return this.#urls;
  }

  async publish(count: number): Promise<void> {
    const updates = Array.from({ length: count }, (_, index) => ({ url: `https://example.com/${index}` }));
    await Promise.all(updates.map((update) => this.node.publish(update, { visible: true })));
  }

  delivered(count: number): Promise<void> {
    return this.until(async () => this.#urls.length >= count);
  }

  event(name: keyof NodeEvents): Promise<void> {
    return this.until(async () => this.#seen.has(name));
  }

  /** Looks again and again; the test's own time-out ends it. */
  async until(isSo: () => Promise<boolean>): Promise<void> {
    while (!(await isSo())) await pause(50);
  }
}

/** The same store by a clock that is an hour ahead, so that everything in it is old enough for retention. */
function anHourLater(driver: ObjectStore): ObjectStore {
  const calls = ['get', 'head', 'put', 'list', 'delete', 'deleteMany'];
  return new Proxy(driver, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      if (!calls.includes(String(name))) return member.bind(target) as unknown;
      return async (...args: unknown[]) => {
        const answer = (await Reflect.apply(member, target, args)) as { time: number };
        return { ...answer, time: answer.time + 3_600_000 };
      };
    },
  });
}
