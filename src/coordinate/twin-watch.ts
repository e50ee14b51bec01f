import { MINUTE } from '../config/units.ts';
import { parseWriter, type Tip } from '../log/keys.ts';

/**
 * Tells two machines with one name from one machine whose state directory was made anew: the old host id of the
 * latter never moves again. A host id *moves* when one of its tips rises, or a new writer of it appears, while
 * we watch. So
 *
 * - of another server's name: a host that moved, then another, then the first again are two live machines;
 * - of our own name: any other host id whose tip rises, or that moves twice.
 *
 * Pure: `watchTips(state, tips, own, now)` gives the next state and the twins that were not reported before.
 */
export interface TwinState {
  /** Whether a complete listing was seen before: what appears later is new. */
  readonly watching: boolean;
  readonly revs: ReadonlyMap<string, number>;
  readonly servers: ReadonlyMap<string, Watched>;
}

interface Watched {
  /** Host ids that moved, each with the number of its turns. */
  readonly turns: ReadonlyMap<string, number>;
  /** When each last moved, monotonic ms. */
  readonly movedAt: ReadonlyMap<string, number>;
  readonly last: string | undefined;
  readonly reported: readonly string[];
}

export interface Twin {
  readonly server: string;
  readonly hostIds: readonly string[];
  readonly ours: boolean;
}

export interface OwnHost {
  readonly server: string;
  readonly hostId: string;
}

export const noTwins: TwinState = { watching: false, revs: new Map(), servers: new Map() };

export function watchTips(
  state: TwinState,
  tips: readonly Pick<Tip, 'writer' | 'rev'>[],
  own: OwnHost,
  now: number,
): { readonly state: TwinState; readonly twins: readonly Twin[] } {
  const revs = new Map(state.revs);
  const servers = new Map(state.servers);
  const twins: Twin[] = [];
  for (const [writer, rev] of latestRevs(tips)) {
    const before = revs.get(writer);
    if (before !== undefined && rev <= before) continue;
    revs.set(writer, rev);
    if (!state.watching) continue;
    const parts = parseWriter(writer);
    if (parts === undefined) continue;
    const moved = moveHost(
      servers.get(parts.server),
      parts.hostId,
      before !== undefined && parts.server === own.server,
      now,
    );
    servers.set(parts.server, moved);
    const hostIds = liveTwins(moved, parts.server === own.server ? own.hostId : undefined);
    if (hostIds.every((hostId) => moved.reported.includes(hostId))) continue;
    servers.set(parts.server, { ...moved, reported: hostIds });
    twins.push({ server: parts.server, hostIds, ours: parts.server === own.server });
  }
  return { state: { watching: true, revs: recent(revs), servers }, twins };
}

/** A twin that was quiet for so long counts as gone, until it moves again. */
const currentMs = 60 * MINUTE;

/** The twins that were reported and are still at it. */
export function currentTwins({ servers }: TwinState, own: OwnHost, now: number): readonly Twin[] {
  const twins: Twin[] = [];
  for (const [server, { reported, movedAt }] of servers) {
    const ours = server === own.server;
    const isCurrent = (hostId: string) =>
      (ours && hostId === own.hostId) || now - (movedAt.get(hostId) ?? Number.NEGATIVE_INFINITY) <= currentMs;
    const hostIds = reported.filter(isCurrent);
    if (hostIds.length > 1) twins.push({ server, hostIds, ours });
  }
  return twins;
}

/** An older tip of a writer may still be listed beside the newer one. */
function latestRevs(tips: readonly Pick<Tip, 'writer' | 'rev'>[]): Map<string, number> {
  const revs = new Map<string, number>();
  for (const { writer, rev } of tips) revs.set(writer, Math.max(rev, revs.get(writer) ?? 0));
  return revs;
}

/** A rising tip under our own name is as good as two turns: we are running, so it is somebody else. */
function moveHost(watched: Watched | undefined, hostId: string, certain: boolean, now: number): Watched {
  const turns = new Map(watched?.turns);
  const isTurn = certain || watched?.last !== hostId;
  if (isTurn) turns.set(hostId, (turns.get(hostId) ?? 0) + (certain ? 2 : 1));
  const movedAt = new Map(watched?.movedAt).set(hostId, now);
  return { turns, movedAt, last: hostId, reported: watched?.reported ?? [] };
}

function liveTwins(watched: Watched, ownHostId: string | undefined): readonly string[] {
  const again = [...watched.turns].filter(([, turns]) => turns > 1).map(([hostId]) => hostId);
  if (ownHostId !== undefined) {
    const others = again.filter((hostId) => hostId !== ownHostId);
    return others.length === 0 ? [] : [ownHostId, ...others].sort();
  }
  return again.length === 0 || watched.turns.size < 2 ? [] : [...watched.turns.keys()].sort();
}

/** Writers that have been silent longest are forgotten first; a tip of theirs would then count as new. */
function recent(revs: Map<string, number>): Map<string, number> {
  const surplus = revs.size - 50_000;
  if (surplus <= 0) return revs;
  return new Map([...revs].slice(surplus));
}
