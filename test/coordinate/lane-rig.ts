import type { LaneEffect } from '../../src/coordinate/lane-effects.ts';
import { takeEntries } from '../../src/coordinate/lane-entries.ts';
import { type LaneState, laneState } from '../../src/coordinate/lane-state.ts';
import { type LaneMessage, stepLane } from '../../src/coordinate/lane-step.ts';
import type { DecodedSegment } from '../../src/log/segment.ts';
import type { SegmentOutcome } from '../../src/log/segment-fetcher.ts';
import { SeededRandom } from '../support/seeded-random.ts';

const id = { writer: `a~${'0'.repeat(16)}~${'0'.repeat(32)}`, lane: 0 };
export const patienceMs = 60_000;

/** A lane that is told messages at given times. */
export class Lane {
  state: LaneState;
  now = 0;
  effects: LaneEffect[] = [];

  constructor({ position = 0, index = 0, next = 10, oldest = 0 } = {}) {
    this.state = laneState(id, { sequence: position, index }, { next, oldest });
  }

  tell(...messages: LaneMessage[]): this {
    for (const message of messages) {
      const retry = { baseMs: 100, capMs: 1000 };
      const context = { now: this.now, random: new SeededRandom(1), patienceMs, corruptTries: 3, retry };
      const { state, effects } = stepLane(this.state, message, context);
      this.state = state;
      this.effects.push(...effects);
    }
    return this;
  }

  /** A GET of the segment that comes to this. */
  get(sequence: number, outcome: SegmentOutcome): this {
    return this.tell({ type: 'start', sequence }, { type: 'outcome', sequence, outcome });
  }

  poll(reach = { next: this.state.next, oldest: this.state.oldest }): this {
    return this.tell({ type: 'reach', reach }, { type: 'polled', startedAt: this.now });
  }

  at(now: number): this {
    this.now = now;
    return this.tell({ type: 'timer' });
  }

  /** `<sequence>` of updates and `<reason> <from>-<to>` of losses, in order. */
  take(limit = 1000): string[] {
    const { state, entries } = takeEntries(this.state, limit);
    this.state = state;
    this.tell({ type: 'arrived' });
    return entries.flatMap((entry) => {
      if (entry.type === 'update') return [`${entry.update.sequence}.${entry.update.index}`];
      return entry.type === 'lost' ? [`${entry.loss.reason} ${entry.loss.from}-${entry.loss.to}`] : [];
    });
  }

  took(type: LaneEffect['type']): LaneEffect[] {
    return this.effects.filter((effect) => effect.type === type);
  }

  slot(sequence = this.state.head): string | undefined {
    return this.state.slots.get(sequence)?.state;
  }
}

export function found(sequence: number, count = 1): SegmentOutcome {
  const header = {
    version: 1,
    compressed: false,
    keyId: undefined,
    tombstone: count === 0,
    lane: 0,
    sequence,
    count,
    firstTime: 0,
    lastTime: 0,
  };
  const bytes = new Uint8Array(count * 8);
  const offsets = Uint32Array.from({ length: count + 1 }, (_, at) => at * 8);
  const segment: DecodedSegment = { header, bytes, offsets, storedBytes: bytes.length };
  return { status: 'fetched', segment, time: 0 };
}

export const missing: SegmentOutcome = { status: 'missing', time: 0 };
export const corrupt: SegmentOutcome = {
  status: 'corrupt',
  reason: 'checksum',
  bytes: new Uint8Array(7),
  time: 0,
};
export const unknownKey: SegmentOutcome = { status: 'unknown-key', keyId: 'k2', time: 0 };
export const newerFormat: SegmentOutcome = { status: 'newer-format', version: 9, time: 0 };
