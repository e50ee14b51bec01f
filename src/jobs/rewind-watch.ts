import type { NodeEmitter } from '../base/events.ts';
import type { TipsListing } from '../coordinate/discovery.ts';
import { parseWriter, type Tip } from '../log/keys.ts';
import type { State } from '../state/state.ts';

/**
 * Something went back. Numbers in the bucket only rise, and a writer is recorded in its state directory before its
 * first PUT, so either is the mark of a backup that was restored.
 *
 * - `tip`: the newest tip listed of a writer is older than one listed before: the bucket went back, or its store lists
 *   so late that it shows the past again. Nothing is delivered twice for it, since what is known only rises.
 * - `state`: a writer carries this state directory's host id, and the directory does not know it: the directory went
 *   back (then updates come once more), or was copied (then two machines are twins).
 */
export interface Rewind {
  readonly kind: 'tip' | 'state';
  readonly writer: string;
}

export interface RewindState {
  /** The highest revision seen of each writer. */
  readonly revs: ReadonlyMap<string, number>;
  /** What the last listing showed as gone back, so that each is told once. */
  readonly told: ReadonlySet<string>;
}

export const nothingRewound: RewindState = { revs: new Map(), told: new Set() };

/** Writers that were listed longest ago are forgotten first. */
const mostWriters = 50_000;

export interface RewindParts {
  /** The coordinator: its polls show the tips, so that watching asks the bucket for nothing. */
  readonly tips: { onTips(listener: (listing: TipsListing) => void): () => void };
  readonly events: Pick<NodeEmitter, 'emit'>;
  readonly state: Pick<State, 'hostId' | 'isOwnWriter'>;
}

/** Tells by `rewound` what goes back from now on. Returns a function that ends it. */
export function watchRewinds({ tips, events, state: own }: RewindParts): () => void {
  let state = nothingRewound;
  return tips.onTips((listing) => {
    const found = findRewinds(
      state,
      listing.tips.map(({ tip }) => tip),
      own,
    );
    state = found.state;
    for (const rewind of found.rewinds) events.emit('rewound', rewind);
  });
}

export function findRewinds(
  { revs: before, told }: RewindState,
  tips: readonly Pick<Tip, 'writer' | 'rev'>[],
  own: RewindParts['state'],
): { readonly state: RewindState; readonly rewinds: readonly Rewind[] } {
  const found = new Map<string, Rewind>();
  const revs = new Map(before);
  for (const [writer, rev] of newest(tips)) {
    const highest = before.get(writer) ?? 0;
    if (rev < highest) found.set(`tip ${writer}`, { kind: 'tip', writer });
    if (parseWriter(writer)?.hostId === own.hostId && !own.isOwnWriter(writer))
      found.set(`state ${writer}`, { kind: 'state', writer });
    revs.delete(writer);
    revs.set(writer, Math.max(rev, highest));
  }
  const rewinds = [...found].filter(([key]) => !told.has(key)).map(([, rewind]) => rewind);
  const kept = revs.size > mostWriters ? new Map([...revs].slice(revs.size - mostWriters)) : revs;
  return { state: { revs: kept, told: new Set(found.keys()) }, rewinds };
}

/** An older tip of a writer may still be listed beside the newer one. */
function newest(tips: readonly Pick<Tip, 'writer' | 'rev'>[]): Map<string, number> {
  const revs = new Map<string, number>();
  for (const { writer, rev } of tips) revs.set(writer, Math.max(rev, revs.get(writer) ?? 0));
  return revs;
}
