import { type LaneReach, parseTipsKey, type Tip, tipsPrefix } from '../log/keys.ts';
import { type Fleet, verifyTip } from '../log/tip-mac.ts';
import { joinLanes } from '../publish/parked-entries.ts';
import type { ParkCandidate } from '../publish/parking.ts';
import { listPages } from '../store/list-all.ts';
import type { ObjectStore } from '../store/object-store.ts';

interface StandingTip {
  readonly key: string;
  readonly tip: Tip;
  /** By the store's clock alone: `Date` of the listing minus `LastModified`, milliseconds. */
  readonly ageMs: number;
}

/**
 * Writers none of whose tips is younger than `silentMs`: for whoever has not watched the polls and has to tell it from
 * one listing. `silentMs` must be above `janitor.quietMs`, with room for coarse or skewed times of the store: then
 * such a writer has long since retired (`publish.retireAfterMs`), or its newer tip is merely not listed, and stays.
 */
export async function silentWriters(
  silentMs: number,
  {
    store,
    fleet,
    signal,
  }: { readonly store: Pick<ObjectStore, 'list'>; readonly fleet: Fleet; readonly signal: AbortSignal },
): Promise<ParkCandidate[]> {
  const tips: StandingTip[] = [];
  for await (const { objects, time } of listPages(store, tipsPrefix, { signal })) {
    for (const { key, lastModified } of objects) {
      const entry = parseTipsKey(key);
      if (entry.type === 'tip' && isOurs(entry.tip, fleet))
        tips.push({ key, tip: entry.tip, ageMs: time - lastModified });
    }
  }
  return [...Map.groupBy(tips, ({ tip }) => tip.writer)]
    .filter(([, standing]) => standing.every(({ ageMs }) => ageMs >= silentMs))
    .map(([writer, standing]) => ({
      writer,
      lanes: standing.map(({ tip }) => tip.lanes).reduce<readonly LaneReach[]>(joinLanes, []),
      tipKeys: standing.map(({ key }) => key),
    }));
}

function isOurs(tip: Tip, fleet: Fleet): boolean {
  const verdict = verifyTip(tip, fleet);
  return verdict === 'ok' || (verdict === 'unsigned' && !fleet.keys.required);
}
