import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BucketcastError, PoisonError } from '../../src/base/errors.ts';
import type { Update } from '../../src/base/update.ts';
import { versionDigest } from '../../src/log/version-digest.ts';
import type { ObjectsCoordinator } from '../../src/objects/objects-coordinator.ts';
import { openState } from '../../src/state/open-state.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { ObjectsRig } from './objects-rig.ts';

const seeds = Number(process.env['BUCKETCAST_OBJECT_SEEDS'] ?? 5);
const steps = 120;

interface Version {
  readonly url: string;
  readonly key: string;
  readonly digest: string;
}

/** A bucket that others change, whose listings lag; a sink and a store with moods; and a process that dies now and then. */
class RandomRun {
  readonly #rig: ObjectsRig;
  readonly #directory = temporaryDirectory();
  /** What stands in the bucket, by key. */
  readonly #standing = new Map<string, Version>();
  /** Overwritten or deleted before they were read: nobody can deliver them. */
  readonly #vanished = new Set<string>();
  readonly #versions: Version[] = [];
  readonly #delivered = new Set<string>();
  #moody = true;
  #coordinator: ObjectsCoordinator | undefined;

  constructor(seed: number) {
    const limits = { requestsInFlight: 4 };
    this.#rig = new ObjectsRig({ seed, limits, objects: { pollMinMs: 100, pollMaxMs: 1000 } });
    const { bucket, random } = this.#rig;
    bucket.pageSize = 7;
    const away = new BucketcastError('store-unavailable', 'no answer');
    bucket.failsAfter = () => (this.#moody && random.chance(0.2) ? random.below(3) : undefined);
    bucket.hides = () => this.#moody && random.chance(0.15);
    bucket.failure = () => (this.#moody && random.chance(0.2) ? away : undefined);
    bucket.body = (_, body) => (this.#moody && random.chance(0.2) ? body.subarray(0, 9) : body);
  }

  async run(): Promise<void> {
    const { clock, random } = this.#rig;
    await this.#restart();
    for (let step = 0; step < steps; step += 1) {
      const dice = random.float();
      if (dice < 0.45) await this.#put();
      else if (dice < 0.52) await this.#delete();
      else if (dice < 0.57) await this.#restart();
      else if (dice < 0.6) this.#rig.state.requestReplay(this.#rig.state.deadLetters().map(({ id }) => id));
      else await clock.advance(random.below(1500));
    }
    this.#moody = false;
    await this.#rig.wait((this.#coordinator as ObjectsCoordinator).idle());
    this.#judge();
    await this.#end();
  }

  #judge(): void {
    const dead = new Set(this.#rig.state.deadLetters().map(({ updateId }) => updateId));
    const lost = this.#versions.filter(
      ({ url, digest }) => !this.#delivered.has(url) && !dead.has(digest) && !this.#vanished.has(url),
    );
    assert.deepEqual(lost, []);
    assert.ok(this.#delivered.size > 5);
  }

  async #put(): Promise<void> {
    const { bucket, random } = this.#rig;
    const name = `k${random.below(25)}`;
    const url = `${name}#${this.#versions.length}`;
    const server = random.pick(['a', 'b', 'c']);
    this.#vanish(`feed-updates/${server}/${name}.json`);
    const key = await bucket.put(url, { server, name });
    const answer = await bucket.store.head(key);
    assert.ok(answer.status === 'found');
    const version = { url, key, digest: versionDigest({ ...answer, key }).toString('hex') };
    this.#versions.push(version);
    this.#standing.set(key, version);
  }

  async #delete(): Promise<void> {
    const [key] = this.#rig.random.pick([...this.#standing.entries(), ['', undefined] as const]);
    if (key === '') return;
    this.#vanish(key);
    await this.#rig.bucket.store.delete(key);
  }

  /** Its reader may have fetched it already, and then has to deliver it: but nobody can tell. */
  #vanish(key: string): void {
    const before = this.#standing.get(key);
    if (before !== undefined) this.#vanished.add(before.url);
    this.#standing.delete(key);
  }

  async #restart(): Promise<void> {
    await this.#end();
    const { clock, random } = this.#rig;
    const state = openState({ directory: this.#directory, server: 'reader', clock, random, role: 'node' });
    this.#rig.state = state;
    this.#coordinator = this.#rig.started();
    const deliver = (updates: readonly Update[]) => this.#deliver(updates);
    await this.#rig.wait(this.#coordinator.subscribe(this.#rig.spec({ maxBatch: 5, deliver })));
  }

  async #end(): Promise<void> {
    if (this.#coordinator !== undefined) await this.#rig.wait(this.#coordinator.stop({ timeoutMs: 0 }));
    this.#rig.state.close();
  }

  async #deliver(updates: readonly Update[]): Promise<void> {
    const { clock, random } = this.#rig;
    await clock.sleep(random.below(50));
    if (this.#moody && random.chance(0.15)) throw new Error('the sink is away');
    const update = random.pick(updates);
    if (this.#moody && random.chance(0.05)) throw new PoisonError('not this one', { update });
    for (const { url } of updates) this.#delivered.add(url);
  }
}

for (let seed = 1; seed <= seeds; seed += 1) {
  test(`run ${seed}: every version that was not overwritten before it was read is delivered or a dead letter`, async () => {
    await new RandomRun(seed).run();
  });
}
