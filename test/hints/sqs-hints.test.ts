import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Emitter } from '../../src/base/emitter.ts';
import type { NodeEvents } from '../../src/base/events.ts';
import type { Heard } from '../../src/hints/hint-transport.ts';
import { SqsHints } from '../../src/hints/sqs-hints.ts';
import { longestWait, type Queue, type QueueMessage, queueRegion } from '../../src/hints/sqs-queue.ts';
import { sqsTrouble } from '../../src/hints/sqs-trouble.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { bucketRecord, notification } from './notifications.ts';

/** A queue that gives what the test puts in, and fails when it says so. */
class PlainQueue implements Queue {
  readonly waits: number[] = [];
  readonly deleted: string[] = [];
  messages: QueueMessage[] = [];
  fails: Error | undefined;
  deleteFails: Error | undefined;
  closed = 0;
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  put(...bodies: string[]): void {
    this.messages.push(...bodies.map((body) => ({ body, receipt: `receipt of ${body}` })));
  }

  async receive(waitSeconds: number, signal: AbortSignal): Promise<readonly QueueMessage[]> {
    this.waits.push(waitSeconds);
    if (this.fails) throw this.fails;
    if (this.messages.length === 0 && waitSeconds > 0) await this.#clock.sleep(waitSeconds * 1000, signal);
    return this.messages.splice(0, 10);
  }

  async delete(messages: readonly QueueMessage[]): Promise<void> {
    if (this.deleteFails) throw this.deleteFails;
    this.deleted.push(...messages.map(({ receipt }) => receipt));
  }

  close(): void {
    this.closed += 1;
  }
}

function begin(t: TestContext) {
  const clock = new FakeClock();
  const queue = new PlainQueue(clock);
  const events = new Emitter<NodeEvents>();
  const failed: NodeEvents['hints-failed'][] = [];
  let recovered = 0;
  events.on('hints-failed', (facts) => failed.push(facts));
  events.on('hints-recovered', () => {
    recovered += 1;
  });
  const heard: Heard[] = [];
  const queueUrl = 'https://sqs.eu-west-1.amazonaws.com/1/updates';
  const hints = new SqsHints(queue, { queueUrl }, { clock, random: new SeededRandom(1), events });
  t.after(() => hints.stop());
  hints.start((what) => heard.push(what));
  return { clock, queue, hints, heard, failed, recovered: () => recovered };
}

const body = (key: string) => JSON.stringify(notification(bucketRecord({ key })));

describe('hints from a queue', () => {
  it('tell of what was written, and are deleted', async (t) => {
    const { clock, queue, heard, hints } = begin(t);
    await clock.advance(0);
    assert.equal(hints.snapshot().connected, true);
    for (let number = 0; number < 25; number += 1) queue.put(body(`k${number}`));
    await clock.until(() => queue.deleted.length === 25);
    assert.deepEqual(
      heard,
      Array.from({ length: 25 }, (_, number) => ({
        type: 'written',
        bucket: 'updates',
        keys: [`k${number}`],
      })),
    );
    assert.deepEqual([queue.waits[0], queue.waits[1]], [0, longestWait]);
    assert.equal(hints.snapshot().received, 25);
  });

  it('that are none are deleted and counted', async (t) => {
    const { clock, queue, heard, hints } = begin(t);
    queue.put('hello', body('a'), '{}');
    await clock.until(() => queue.deleted.length === 3);
    const { received, refused } = hints.snapshot();
    assert.deepEqual([heard.length, received, refused], [1, 1, 2]);
  });

  it('come again after a queue that cannot be read, later and later, and say what to do', async (t) => {
    const { clock, queue, hints, failed, recovered } = begin(t);
    queue.fails = Object.assign(new Error('The specified queue does not exist.'), {
      name: 'QueueDoesNotExist',
    });
    await clock.until(() => failed.length === 8);
    const { message, forMs = 0 } = hints.snapshot().trouble ?? {};
    assert.equal(message, 'the queue updates of SQS cannot be read: The specified queue does not exist.');
    assert.ok(forMs > 0);
    assert.match(JSON.stringify(failed[0]?.error), /hints\.sqs\.queueUrl/);
    assert.equal(failed.filter(({ retryInMs = 0 }) => retryInMs > 60_000).length, 0);
    assert.equal(hints.snapshot().connected, false);
    queue.fails = undefined;
    await clock.until(() => hints.snapshot().connected);
    await clock.advance(0);
    assert.deepEqual([recovered(), hints.snapshot().trouble], [1, undefined]);
  });

  it('say what to set where no region is known, which is an error without a name', () => {
    assert.equal(
      sqsTrouble(new Error('Region is missing'), 'https://sqs.eu-west-1.amazonaws.com/1/updates').hint,
      'Set hints.sqs.region.',
    );
  });

  it('that cannot be deleted have been heard all the same', async (t) => {
    const { clock, queue, heard, failed } = begin(t);
    queue.deleteFails = Object.assign(new Error('no'), { name: 'AccessDenied' });
    queue.put(body('a'));
    await clock.until(() => failed.length === 1);
    assert.equal(heard.length, 1);
    assert.match(JSON.stringify(failed[0]?.error), /sqs:DeleteMessage/);
  });

  it('do not ask a queue that does not wait more than once a second', async (t) => {
    const { clock, queue } = begin(t);
    queue.receive = async (waitSeconds) => {
      queue.waits.push(waitSeconds);
      return [];
    };
    await clock.advance(10_000);
    assert.ok(queue.waits.length <= 12, String(queue.waits.length));
  });

  it('end at once with a stop, while the queue waits', async (t) => {
    const { clock, queue, hints } = begin(t);
    await clock.until(() => queue.waits.length === 2);
    await hints.stop();
    assert.deepEqual([queue.closed, clock.pending, hints.snapshot().connected], [1, 0, false]);
  });
});

describe('the region of a queue', () => {
  const region = (queueUrl: string, store = 'memory:', set?: string) =>
    queueRegion({ queueUrl, ...(set !== undefined && { region: set }) }, store);

  it('is that of the settings, of its address, or of the store', () => {
    assert.equal(region('https://sqs.eu-west-1.amazonaws.com/1/q'), 'eu-west-1');
    assert.equal(region('https://sqs.cn-north-1.amazonaws.com.cn/1/q'), 'cn-north-1');
    assert.equal(region('https://sqs-fips.us-east-1.amazonaws.com/1/q'), 'us-east-1');
    assert.equal(region('https://us-west-2.queue.amazonaws.com/1/q'), 'us-west-2');
    assert.equal(region('https://sqs.eu-west-1.amazonaws.com/1/q', 'memory:', 'other'), 'other');
    assert.equal(
      region('http://queues.example/1/q', 's3://bucket?endpoint=http://s3.example&region=here'),
      'here',
    );
    assert.equal(region('http://queues.example/1/q', 'file:/var/bucket'), undefined);
  });
});
