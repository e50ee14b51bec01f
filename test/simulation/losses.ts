import { laneKey, segmentKey } from '../../src/log/keys.ts';
import type { Lost, Subscribed } from '../ledger/entries.ts';
import type { ServerPlan, World } from './world.ts';

/**
 * A new subscription is owed nothing that retention took before it existed, of which the fleet may have forgotten even
 * the lane: such lanes begin at what is still there.
 */
export function withoutTrimmed({ bucket, ledger }: World, subscribed: Subscribed): Subscribed {
  const begins = new Map(subscribed.start.map((place) => [laneKey(place), place]));
  for (const entry of ledger) {
    if (entry.type !== 'durable' && entry.type !== 'delivered') continue;
    if (bucket.has(segmentKey(entry, entry.sequence))) continue;
    const sequence = entry.sequence + 1;
    if ((begins.get(laneKey(entry))?.sequence ?? 0) >= sequence) continue;
    begins.set(laneKey(entry), { writer: entry.writer, lane: entry.lane, sequence, index: 0 });
  }
  return { ...subscribed, start: [...begins.values()] };
}

/**
 * A loss must be one: of bad bytes, or nothing of the range may still be in the bucket. And as a segment goes only by retention, which
 * says so before, none may ever be found merely `missing`, but by a server that has no key for what retention says, or in a lane
 * that retention has emptied and the fleet forgotten while its writer slept, which then announces it again.
 */
export function checkLoss(
  world: World,
  { reader, writer, lane, from, to, reason }: Lost,
  { lateKey }: Pick<ServerPlan, 'lateKey'>,
): void {
  if (reason === 'corrupt') {
    if (!world.rotten.has(segmentKey({ writer, lane }, from)))
      world.ledger.push({ type: 'failed', what: `${reader}: ${writer}/${lane} #${from} is called corrupt` });
    return;
  }
  if (reason === 'missing' && !lateKey && !world.overslept.has(writer))
    world.ledger.push({ type: 'failed', what: `${reader}: ${writer}/${lane} #${from} is called missing` });
  for (let sequence = from; sequence < Math.min(to, from + 10_000); sequence++) {
    const key = segmentKey({ writer, lane }, sequence);
    // What retention took stays gone to a reader, also where a PUT of long ago is carried out after all.
    if (reason === 'expired' && world.bucket.deleted.has(key)) continue;
    if (world.bucket.has(key)) {
      world.ledger.push({
        type: 'failed',
        what: `${reader}: ${reason} ${writer}/${lane} #${sequence}, but it exists`,
      });
    }
  }
}
