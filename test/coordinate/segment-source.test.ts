import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SegmentSource } from '../../src/coordinate/segment-source.ts';
import type { SegmentOutcome, SegmentTask } from '../../src/log/segment-fetcher.ts';
import { settle } from '../support/fake-clock.ts';

/** A fetcher that answers when told to. */
function scripted() {
  const fetches: {
    task: SegmentTask;
    signal: AbortSignal | undefined;
    answer: PromiseWithResolvers<SegmentOutcome>;
  }[] = [];
  const source = new SegmentSource({
    fetch: (task, signal) => {
      const answer = Promise.withResolvers<SegmentOutcome>();
      fetches.push({ task, signal, answer });
      signal?.addEventListener('abort', () => answer.reject(new Error('aborted')));
      return answer.promise;
    },
  });
  return { source, fetches };
}

const task = { key: 'k', writer: 'w', lane: 0, sequence: 0 };
const missing: SegmentOutcome = { status: 'missing', time: 0 };

test('two that want a segment at once share one fetch, and who comes later gets a fresh one', async () => {
  const { source, fetches } = scripted();
  const both = [source.fetch(task), source.fetch(task)];
  assert.equal(fetches.length, 1);
  fetches[0]?.answer.resolve(missing);
  assert.deepEqual(await Promise.all(both), [missing, missing]);
  void source.fetch(task);
  assert.equal(fetches.length, 2);
});

test('a failed fetch fails for all who share it, and is not remembered', async () => {
  const { source, fetches } = scripted();
  const both = [source.fetch(task), source.fetch(task)];
  fetches[0]?.answer.reject(new Error('no answer'));
  const results = await Promise.allSettled(both);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  await settle();
  assert.equal(source.size, 0);
});

test('a fetch is aborted only when the last who wants it has gone', async () => {
  const { source, fetches } = scripted();
  const controllers = [new AbortController(), new AbortController()];
  const both = controllers.map(({ signal }) => source.fetch(task, signal));
  for (const promise of both) promise.catch(() => {});
  controllers[0]?.abort();
  assert.equal(fetches[0]?.signal?.aborted, false);
  controllers[1]?.abort();
  assert.equal(fetches[0]?.signal?.aborted, true);
  await Promise.allSettled(both);
  const late = new AbortController();
  late.abort();
  await assert.rejects(source.fetch(task, late.signal), { code: 'closed' });
});
