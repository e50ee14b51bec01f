import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  acknowledge,
  blame,
  isComplete,
  newDelivery,
  pendingUpdates,
} from '../../src/coordinate/delivery-state.ts';
import type { LaneEntry } from '../../src/coordinate/lane-entries.ts';
import { openEndpoint, openSink, update } from './webhook-rig.ts';

test('of a batch with bad updates, a subscription ends up with dead letters for just these', async (t) => {
  const endpoint = await openEndpoint(t);
  const sink = openSink(t, endpoint.url, { updatesPerRequest: 3 });
  endpoint.answer = ({ names }, response) =>
    response.writeHead(names.some((name) => name.startsWith('bad')) ? 422 : 204).end();
  const names = ['a', 'b', 'c', 'bad1', 'd', 'bad2', 'e'];
  const bytes = Buffer.alloc(0);
  let delivery = newDelivery(
    names.map((name, index): LaneEntry => {
      const place = { writer: 'w', lane: 0, sequence: 0, index };
      return {
        type: 'update',
        update: update(name, place),
        record: bytes,
        after: { ...place, index: index + 1 },
      };
    }),
  );
  const signal = new AbortController().signal;
  // As the runner does it.
  while (!isComplete(delivery)) {
    const pending = pendingUpdates(delivery);
    const ack = (upTo: (typeof pending)[0]) => {
      delivery = acknowledge(delivery, upTo, 'mail').delivery;
    };
    try {
      await sink.deliver(pending, { ack, signal });
      delivery = acknowledge(delivery, pending.at(-1), 'mail').delivery;
    } catch (error) {
      const verdict = blame(delivery, error);
      assert.equal(verdict.type, 'again');
      if (verdict.type === 'again') delivery = acknowledge(verdict.delivery, undefined, 'mail').delivery;
    }
  }
  const letters = [...delivery.poisoned.keys()].map((entry) => entry.type === 'update' && entry.update.url);
  assert.deepEqual(letters, ['https://example.com/bad1', 'https://example.com/bad2']);
  assert.deepEqual(endpoint.requests, ['a b c', 'bad1 d bad2', 'bad1', 'd', 'bad2', 'e']);
});
