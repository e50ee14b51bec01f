import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MessageChannel, receiveMessageOnPort } from 'node:worker_threads';
import { transferableSymbol, valueSymbol } from 'piscina';
import { noKeys } from '../../src/log/fleet-keys.ts';
import { readUpdate } from '../../src/log/record.ts';
import { DirectFetcher } from '../../src/pool/direct-fetcher.ts';
import type { JobKind, JobReply } from '../../src/pool/job.ts';
import { movableReply } from '../../src/pool/movable-reply.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { fleetId, putSegment, taskOf, updates } from './segment-maker.ts';

const post = (reply: JobReply<'segment'>) => posted('segment', reply);

/** Posts a reply as Piscina does. */
function posted<K extends JobKind>(kind: K, reply: JobReply<K>): JobReply<K> {
  const movable = movableReply(kind, reply) as Record<symbol, never>;
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(movable[valueSymbol], movable[transferableSymbol]);
  const received = receiveMessageOnPort(port2)?.message;
  port1.close();
  return received as JobReply<K>;
}

async function replyWith(count: number, contentBytes: number): Promise<JobReply<'segment'>> {
  const store = new MemoryStore();
  await putSegment(store, taskOf(1, 0), updates(count, contentBytes));
  const fetcher = new DirectFetcher({
    store,
    fleetId,
    keys: noKeys,
    maxSegmentBytes: 10_000_000,
    rangeBytes: 8_000_000,
  });
  return { requests: [], lateMs: 0, answer: await fetcher.fetch(taskOf(1, 0)) };
}

describe('a reply between threads', () => {
  for (const [what, count, bytes] of [
    ['a small segment', 1, 10],
    ['a compressed segment', 1000, 1000],
  ] as const) {
    it(`moves the bytes and offsets of ${what}, and copies neither`, async () => {
      const sent = await replyWith(count, bytes);
      assert(sent.answer?.status === 'fetched');
      const { segment } = sent.answer;
      const received = post(sent);
      assert.deepEqual([segment.bytes.byteLength, segment.offsets.byteLength], [0, 0], 'left empty behind');
      assert(received.answer?.status === 'fetched');
      assert.equal(received.answer.segment.offsets.length, count + 1);
      assert.equal(readUpdate(received.answer.segment, count - 1, 'w').content, 'x'.repeat(bytes));
    });
  }

  it('moves the record of an object, and all of a page but its keys', () => {
    const record = new Uint8Array([1, 2, 3]);
    const fetched = { status: 'fetched', record, server: 'a', copyOf: 'ab'.repeat(16), time: 1 } as const;
    posted('object', { requests: [], lateMs: 0, answer: fetched });
    const numbers = { sizes: new Float64Array(1), lastModified: new Float64Array(1) };
    const digests = new Uint8Array(16);
    const page = { keys: ['k'], digests, ...numbers, more: false, last: 'k', time: 1 };
    posted('page', { requests: [], lateMs: 0, answer: page });
    for (const { byteLength } of [record, digests, ...Object.values(numbers)]) assert.equal(byteLength, 0);
  });

  it('moves the bytes of a corrupt object, but copies them out of a shared buffer', () => {
    const whole = new Uint8Array([1, 2, 3]);
    post({ requests: [], lateMs: 0, answer: { status: 'corrupt', reason: 'r', bytes: whole, time: 1 } });
    assert.equal(whole.byteLength, 0);
    const pooled = new Uint8Array([1, 2, 3]).subarray(1);
    const received = post({
      requests: [],
      lateMs: 0,
      answer: { status: 'corrupt', reason: 'r', bytes: pooled, time: 1 },
    });
    assert(received.answer?.status === 'corrupt');
    assert.deepEqual([...received.answer.bytes], [2, 3]);
    assert.deepEqual([...pooled], [2, 3]);
  });
});
