import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Emitter } from '../../src/base/emitter.ts';
import type { NodeEvents } from '../../src/base/events.ts';
import { Claims } from '../../src/coordinate/claims.ts';
import { FakeClock } from '../support/fake-clock.ts';

const writer = `web-1~${'0'.repeat(16)}~${'1'.repeat(32)}`;
const tip = { key: 'v1/tips/x', writtenAt: 1 };

function claims(farAhead = 100) {
  const head = async () => ({ status: 'missing', time: 0 }) as const;
  return new Claims({ head, clock: new FakeClock(), events: new Emitter<NodeEvents>(), farAhead });
}
const reach = (next: number, oldest = 0) => [{ next, oldest }];
const nowhere = () => undefined;

describe('what a believed hint tells of lanes', () => {
  it('is known at once, and is no finding of a poll', () => {
    const some = claims();
    assert.deepEqual(some.told(writer, reach(3), 7, nowhere), [
      { writer, lane: 0, next: 3, oldest: 0, toldAt: 7 },
    ]);
    assert.deepEqual(some.told(writer, reach(2), 8, nowhere), []);
    some.hear(writer, reach(3), tip, nowhere);
    assert.deepEqual(some.takeChanges(), { lanes: [], advanced: new Map() });
  });

  it('is not taken back by what a poll under way had heard before', () => {
    const some = claims();
    some.hear(writer, reach(3), tip, nowhere);
    some.told(writer, reach(5), 7, nowhere);
    assert.deepEqual(
      some.takeChanges().lanes.map(({ next }) => next),
      [5],
    );
  });

  it('is believed in none of its lanes when one is too far ahead', () => {
    const some = claims();
    assert.equal(some.told(writer, [...reach(3), ...reach(101)], 7, nowhere), undefined);
    assert.equal(some.known.size, 0);
    assert.equal(some.told(writer, [...reach(3), ...reach(101)], 7, () => 50)?.length, 2);
  });
});
