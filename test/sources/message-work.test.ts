import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BucketcastError, closedError } from '../../src/base/errors.ts';
import { MessageError } from '../../src/sources/message-error.ts';
import { MessageWork } from '../../src/sources/message-work.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';
import { SeededRandom } from '../support/seeded-random.ts';

/** Work whose publishing does what `publish` says; a message `key=value` has that key. */
function messages(publish: (known: string, signal: AbortSignal) => Promise<boolean>) {
  const clock = new FakeClock();
  const refused: string[] = [];
  const troubles: unknown[] = [];
  const ends: string[] = [];
  const reader = {
    together: false,
    settleMs: 0,
    atOnce: 4,
    parse: (message: Buffer) => {
      const [key = '', known] = message.toString().split('=');
      if (known === undefined) throw new MessageError('says nothing');
      return { key, known };
    },
    publish: (_key: string, known: string, signal: AbortSignal) => publish(known, signal),
  };
  const work = new MessageWork(reader, {
    clock,
    random: new SeededRandom(1),
    onRefused: (message, reason) => refused.push(`${message.toString()}: ${reason}`),
    onTrouble: (error) => troubles.push(error),
    onPublished: () => {},
  });
  const add = (...texts: string[]) => {
    for (const text of texts) work.add(Buffer.from(text), (end) => ends.push(`${text} ${end}`));
  };
  return { clock, refused, troubles, ends, work, add };
}

test('a message that says nothing is refused, and so is what the publisher calls invalid', async () => {
  const { refused, ends, work, add } = messages(async () => {
    throw new BucketcastError('invalid-update', 'content: too large');
  });
  add('nothing', 'a=1');
  await settle();
  assert.deepEqual(refused, ['nothing: says nothing', 'a=1: content: too large']);
  assert.deepEqual(ends, ['nothing refused', 'a=1 refused']);
  assert.deepEqual([work.count, work.bytes], [0, 0]);
});

test('a store that refuses is tried again without end, and the messages behind keep their order', async () => {
  let tries = 0;
  const taken: string[] = [];
  const { clock, troubles, refused, add } = messages(async (known) => {
    tries += 1;
    if (tries <= 30) throw new BucketcastError('store-refused', 'no');
    taken.push(known);
    return true;
  });
  add('a=1', 'a=2', 'a=3');
  await clock.until(() => taken.length === 3);
  assert.deepEqual(taken, ['1', '2', '3']);
  assert.equal(troubles.length, 30);
  assert.deepEqual(refused, []);
});

test('a file that cannot be read is tried some times, then refused', async () => {
  let tries = 0;
  const { clock, troubles, refused, add } = messages(async () => {
    tries += 1;
    throw new MessageError('cannot be read', { passing: true });
  });
  add('a=1');
  await settle();
  assert.deepEqual(refused, []);
  await clock.until(() => refused.length > 0);
  assert.equal(tries, 8);
  assert.deepEqual([refused, troubles], [['a=1: cannot be read'], []]);
});

test('a stop leaves what is under way, what waits behind it, and what waits for another try', async () => {
  const { clock, ends, work, add } = messages((known, signal) => {
    if (known === 'refused') throw new BucketcastError('store-refused', 'no');
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(closedError('publishing')));
    });
  });
  add('a=1', 'a=2', 'b=refused');
  await settle();
  await work.stop();
  assert.deepEqual(ends.toSorted(), ['a=1 left', 'a=2 left', 'b=refused left']);
  assert.equal(clock.pending, 0);
});
