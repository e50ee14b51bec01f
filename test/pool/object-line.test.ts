import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BucketcastError } from '../../src/base/errors.ts';
import { defaultSettings } from '../../src/config/settings.ts';
import type { ObjectOutcome } from '../../src/log/object-reader.ts';
import type { JobRunner } from '../../src/pool/job.ts';
import { objectReader } from '../../src/pool/job-faces.ts';
import { LimitedRunner } from '../../src/pool/limited-runner.ts';
import { Limiter } from '../../src/store/limiter.ts';
import { settle } from '../support/fake-clock.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { fetchedOf, ObjectLineRig, taskOf } from './object-line-rig.ts';

const never = () => new Promise<never>(() => {});

describe('a line of objects', () => {
  it('carries what is asked for in one turn together, and each answer is its own', async (t) => {
    const outcomes: Record<string, () => ObjectOutcome> = {
      small: () => fetchedOf('small'),
      large: () => fetchedOf('large', 100_000),
      missing: () => ({ status: 'missing', time: 2 }),
      corrupt: () => ({ status: 'corrupt', reason: 'bad', bytes: Buffer.from('{'), time: 3 }),
      refused: () => {
        throw new BucketcastError('store-refused', 'no', { details: { status: 403 } });
      },
      other: () => fetchedOf('other'),
    };
    const rig = new ObjectLineRig(t, async (key) => outcomes[key]!());
    const settled = await Promise.allSettled(Object.keys(outcomes).map((key) => rig.read(key)));
    const told = settled.map((one) => {
      if (one.status === 'rejected') return [one.reason.code, one.reason.details.status];
      const { value } = one;
      if (value.status !== 'fetched') return [value.status, value.time];
      return [value.server, Buffer.compare(value.record, Buffer.alloc(value.record.length, value.server))];
    });
    assert.deepEqual(told, [
      ['small', 0],
      ['large', 0],
      ['missing', 2],
      ['corrupt', 3],
      ['store-refused', 403],
      ['other', 0],
    ]);
    assert.deepEqual([rig.orders.length, rig.parcels], [1, 1]);
    assert.match(await rig.metrics.text(), /store_requests_total\{operation="get",result="ok"\} 5\n/);
  });

  it('lets what has arrived go without what has not', async (t) => {
    const rig = new ObjectLineRig(t, (key) => (key === 'slow' ? never() : Promise.resolve(fetchedOf(key))));
    void rig.read('slow').catch(() => {});
    const quick = Promise.all(['a', 'b'].map((key) => rig.read(key)));
    while (rig.fetches < 3) await settle();
    assert.equal(rig.parcels, 0, 'they wait a moment for one another');
    await rig.clock.advance(2);
    assert.equal((await quick).length, 2);
    assert.equal(rig.parcels, 1);
  });

  it('gives up one of several that are under way, and no other', async (t) => {
    const held = Promise.withResolvers<ObjectOutcome>();
    const aborted: string[] = [];
    const rig = new ObjectLineRig(t, (key, signal) => {
      signal.addEventListener('abort', () => {
        aborted.push(key);
        held.resolve(fetchedOf('held'));
      });
      return key === 'held' ? held.promise : never();
    });
    const abort = new AbortController();
    const kept = rig.read('held');
    void rig.read('gone', abort.signal).catch(() => {});
    while (rig.fetches < 2) await settle();
    abort.abort();
    while (aborted.length === 0) await settle();
    await rig.clock.advance(2);
    assert.equal((await kept).status, 'fetched');
    assert.deepEqual(aborted, ['gone']);
    await assert.rejects(rig.read('late', abort.signal), { code: 'closed' });
  });

  it('fails all that is under way when its thread is gone, and whatever comes then', async (t) => {
    const rig = new ObjectLineRig(t, never);
    const reads = Promise.allSettled(['a', 'b', 'c'].map((key) => rig.read(key)));
    const lost = new BucketcastError('store-unavailable', 'lost');
    rig.line.close(lost);
    for (const read of await reads) assert.equal(read.status === 'rejected' && read.reason, lost);
    await assert.rejects(rig.read('d'), lost);
  });
});

describe('objects on a line, admitted by the limiter,', () => {
  function limited(rig: ObjectLineRig, limits: Partial<typeof defaultSettings.limits>) {
    const limiter = new Limiter({ ...defaultSettings.limits, ...limits }, rig);
    const runner = { run: (_: string, task: { key: string }) => rig.line.run(taskOf(task.key)) } as JobRunner;
    const options = { retry: defaultSettings.retry, limiter, clock: rig.clock, random: new SeededRandom(1) };
    return { limiter, reader: objectReader(new LimitedRunner(runner, options)) };
  }

  it('each count as a request, however many travel together', async (t) => {
    const rig = new ObjectLineRig(t, async (key) => fetchedOf(key));
    const { reader } = limited(rig, { requestsPerSecond: 10 });
    const reads = Promise.all(Array.from({ length: 45 }, (_, i) => reader.fetch(taskOf(`${i}`))));
    for (let turn = 0; turn < 20; turn += 1) await settle();
    const first = rig.fetches;
    assert.ok(first > 0 && first <= 11, `${first} at once`);
    await rig.clock.advance(1000);
    for (let turn = 0; turn < 20; turn += 1) await settle();
    assert.ok(rig.fetches > first && rig.fetches <= first + 11, `${rig.fetches} after a second`);
    await rig.wait(reads);
    assert.equal(rig.fetches, 45);
  });

  it('hold up no poll: it goes before all that wait', async (t) => {
    const open: ((outcome: ObjectOutcome) => void)[] = [];
    const rig = new ObjectLineRig(t, () => new Promise((resolve) => open.push(resolve)));
    const { reader, limiter } = limited(rig, { requestsInFlight: 4 });
    const reads = Array.from({ length: 20 }, (_, i) => reader.fetch(taskOf(`${i}`)));
    for (const read of reads) read.catch(() => {});
    while (open.length < 4) await settle();
    let polledAt: number | undefined;
    const poll = limiter.admit({}, async () => {
      polledAt = rig.fetches;
    });
    open[0]!(fetchedOf('first'));
    await rig.wait(poll);
    assert.equal(polledAt, 4);
    assert.equal(limiter.snapshot().waiting > 0, true);
  });

  it('are tried again one by one', async (t) => {
    const tries = new Map<string, number>();
    const rig = new ObjectLineRig(t, async (key) => {
      const before = tries.get(key) ?? 0;
      tries.set(key, before + 1);
      if (key === 'odd' && before < 2) throw new BucketcastError('store-unavailable', 'later');
      return fetchedOf(key);
    });
    const { reader } = limited(rig, {});
    const reads = Promise.all(['even', 'odd', 'plain'].map((key) => reader.fetch(taskOf(key))));
    await rig.wait(reads);
    assert.deepEqual(Object.fromEntries(tries), { even: 1, odd: 3, plain: 1 });
  });
});
