import type { Clock } from '../base/clock.ts';
import { type Beat, beatsPrefix, parseBeatKey } from '../log/beat-keys.ts';
import { verifyBeat } from '../log/beat-mac.ts';
import type { Fleet } from '../log/tip-mac.ts';
import { listPages } from '../store/list-all.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { BeatsListing, ListedBeat } from './beat-watch.ts';

export interface BeatListingParts {
  readonly store: Pick<ObjectStore, 'list'>;
  readonly clock: Clock;
  readonly fleet: Fleet;
  readonly ownHost: string;
  readonly signal: AbortSignal;
}

export interface BeatListing extends BeatsListing {
  /** All beats of this host. */
  readonly ownKeys: readonly string[];
  /** Keys whose MAC is wrong. */
  readonly forged: readonly string[];
}

/** One complete LIST of the beats: a request for each thousand. Throws when the store is in trouble. */
export async function listBeats({
  store,
  clock,
  fleet,
  ownHost,
  signal,
}: BeatListingParts): Promise<BeatListing> {
  const startedAt = clock.monotonic();
  const newest = new Map<string, ListedBeat>();
  const ownKeys: string[] = [];
  const forged: string[] = [];
  let time = 0;
  for await (const page of listPages(store, beatsPrefix, { signal })) {
    time = page.time;
    for (const { key, lastModified } of page.objects) {
      const beat = parseBeatKey(key);
      if (beat === undefined) continue;
      const distrust = reasonToDistrust(beat, fleet);
      if (distrust === 'forged') forged.push(key);
      if (distrust !== undefined) continue;
      if (beat.host === ownHost) ownKeys.push(key);
      const writtenAt = lastModified > 0 && lastModified < time ? lastModified : time;
      if (beat.count > (newest.get(beat.host)?.count ?? -1)) newest.set(beat.host, { ...beat, writtenAt });
    }
  }
  return { newest, startedAt, time, ownKeys, forged };
}

/** A beat that cannot be checked is no sign of life; that a key is missing, or a tip unsigned, is told by the polls. */
function reasonToDistrust(beat: Beat, fleet: Fleet): 'forged' | 'unchecked' | undefined {
  const { ring, required } = fleet.keys;
  switch (verifyBeat(beat, fleet)) {
    case 'ok':
      return undefined;
    case 'unsigned':
      return required ? 'unchecked' : undefined;
    case 'unknown-key':
      return ring.length === 0 ? undefined : 'unchecked';
    default:
      return 'forged';
  }
}
