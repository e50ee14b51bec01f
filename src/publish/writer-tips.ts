import { type LaneReach, parseTipsKey, tipsOfWriterPrefix } from '../log/keys.ts';
import { type Fleet, verifyTip } from '../log/tip-mac.ts';
import { listAll } from '../store/list-all.ts';
import type { ObjectStore } from '../store/object-store.ts';
import { joinLanes } from './parked-entries.ts';
import type { ParkCandidate } from './parking.ts';

/** What a writer's own tips say, of those that verify; without any, `lanes` at 0. */
export async function readWriterTips(
  { writer, lanes: count }: { readonly writer: string; readonly lanes: number },
  parts: {
    readonly store: Pick<ObjectStore, 'list'>;
    readonly fleet: Fleet;
    readonly signal: AbortSignal;
  },
): Promise<ParkCandidate> {
  const { store, fleet, signal } = parts;
  let lanes: readonly LaneReach[] = Array.from({ length: count }, () => ({ next: 0, oldest: 0 }));
  const tipKeys: string[] = [];
  for await (const { key } of listAll(store, tipsOfWriterPrefix(writer), { signal })) {
    const entry = parseTipsKey(key);
    if (entry.type !== 'tip') continue;
    const verdict = verifyTip(entry.tip, fleet);
    if (verdict !== 'ok' && (verdict !== 'unsigned' || fleet.keys.required)) continue;
    lanes = joinLanes(lanes, entry.tip.lanes);
    tipKeys.push(key);
  }
  return { writer, lanes, tipKeys };
}
