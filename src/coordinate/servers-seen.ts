import type { KnownLane } from '../log/lane-knowledge.ts';

/** The servers that the bucket names, as far as this process has heard of them. */
export interface ServersSeen {
  /** At most 1,000, those with the latest news first. */
  readonly servers: readonly ServerSeen[];
  readonly serversTotal: number;
}

export interface ServerSeen {
  readonly server: string;
  /** Different host ids under this name, and at most 4 of them. More than one: machines that came and went, or twins. */
  readonly hosts: number;
  readonly hostIds: readonly string[];
  /** Writers with a tip in the last complete listing. */
  readonly writers: number;
  /** Writers without one: parked. */
  readonly parkedWriters: number;
  readonly lanes: number;
  /** It is this node's own name. */
  readonly ours: boolean;
  /**
   * Store time, ms since the epoch, of the tip or batch by which one of its lanes last rose; where a store does not say
   * when it was written, of the poll that found it.
   */
  readonly lastNewsAt: number;
}

interface Sighting {
  readonly hostIds: Set<string>;
  writers: number;
  live: number;
  lanes: number;
  lastNewsAt: number;
}

const mostServers = 1000;
const mostHostIds = 4;

/** `live`: writers with a tip in the last complete listing. */
export function serversSeen(
  known: Iterable<KnownLane>,
  live: ReadonlySet<string>,
  ownServer: string,
): ServersSeen & { readonly parkedWriters: number } {
  const sightings = new Map<string, Sighting>();
  const writers = new Set<string>();
  let parkedWriters = 0;
  for (const { writer, toldAt = 0 } of known) {
    const end = writer.indexOf('~');
    const server = writer.slice(0, end);
    let sighting = sightings.get(server);
    if (sighting === undefined) {
      sighting = { hostIds: new Set(), writers: 0, live: 0, lanes: 0, lastNewsAt: 0 };
      sightings.set(server, sighting);
    }
    sighting.lanes += 1;
    sighting.lastNewsAt = Math.max(sighting.lastNewsAt, toldAt);
    if (writers.has(writer)) continue;
    writers.add(writer);
    sighting.writers += 1;
    sighting.hostIds.add(writer.slice(end + 1, writer.indexOf('~', end + 1)));
    if (live.has(writer)) sighting.live += 1;
    else parkedWriters += 1;
  }
  const servers = [...sightings]
    .map(([server, { hostIds, writers: all, live: liveWriters, lanes, lastNewsAt }]) => ({
      server,
      hosts: hostIds.size,
      hostIds: [...hostIds].slice(0, mostHostIds),
      writers: liveWriters,
      parkedWriters: all - liveWriters,
      lanes,
      ours: server === ownServer,
      lastNewsAt,
    }))
    .sort((a, b) => b.lastNewsAt - a.lastNewsAt || (a.server < b.server ? -1 : 1))
    .slice(0, mostServers);
  return { servers, serversTotal: sightings.size, parkedWriters };
}
