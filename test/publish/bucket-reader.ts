import type { Update } from '../../src/base/update.ts';
import { noKeys } from '../../src/log/fleet-keys.ts';
import { type LaneReach, parkedKey, parseTipsKey, segmentKey, tipsPrefix } from '../../src/log/keys.ts';
import { type KnownLane, learn } from '../../src/log/lane-knowledge.ts';
import { decodeBatch } from '../../src/log/parked-batch.ts';
import { readUpdate } from '../../src/log/record.ts';
import { decodeSegment } from '../../src/log/segment-codec.ts';
import { listAll } from '../../src/store/list-all.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';

export const fleet = { fleetId: 'f'.repeat(32), keys: noKeys };

/** Everything that a reader can know of lanes: all tips and all marked batches, joined. */
export async function knownLanes(store: ObjectStore): Promise<Map<string, KnownLane>> {
  const known = new Map<string, KnownLane>();
  for await (const { key } of listAll(store, tipsPrefix)) {
    const entry = parseTipsKey(key);
    if (entry.type === 'tip') learn(known, entry.tip);
    if (entry.type !== 'marker') continue;
    const answer = await store.get(parkedKey(entry.batch));
    if (answer.status !== 'found') continue;
    for (const parked of decodeBatch(answer.body, entry.batch, fleet)) learn(known, parked);
  }
  return known;
}

export async function reachOf(store: ObjectStore, writer: string): Promise<LaneReach[]> {
  const lanes = [...(await knownLanes(store)).values()].filter((lane) => lane.writer === writer);
  return lanes.sort((a, b) => a.lane - b.lane).map(({ next, oldest }) => ({ next, oldest }));
}

/** The updates of a new reader, lane by lane; a segment that should exist and does not is an error. */
export async function readAll(store: ObjectStore): Promise<Update[]> {
  const updates: Update[] = [];
  for (const { writer, lane, next, oldest } of (await knownLanes(store)).values()) {
    for (let sequence = oldest; sequence < next; sequence += 1) {
      const key = segmentKey({ writer, lane }, sequence);
      const answer = await store.get(key);
      if (answer.status !== 'found') throw new Error(`${key} should exist`);
      const segment = decodeSegment(answer.body, {
        key,
        writer,
        lane,
        sequence,
        ...fleet,
        maxBytes: 1 << 26,
      });
      for (let index = 0; index < segment.header.count; index += 1)
        updates.push(readUpdate(segment, index, writer));
    }
  }
  return updates;
}
