import { DAY, HOUR } from '../config/units.ts';
import { type Announced, type Beat, partsOfHost } from '../log/beat-keys.ts';
import type { HeardBeat } from '../state/beat-table.ts';

/** What was heard of the hosts of a fleet, from one complete listing of their beats to the next. */
export interface BeatsState {
  readonly hosts: ReadonlyMap<string, HostBeats>;
  /** By writer, what a beat told of that no tip and no batch has shown yet. */
  readonly unseen: ReadonlyMap<string, Unseen>;
  /** Highest beat of our own that was ever shown. */
  readonly ownShown: number;
  /** When the last complete listing began, monotonic ms. */
  readonly listedAt: number | undefined;
}

interface HostBeats extends HeardBeat {
  /** Monotonic ms: when its count was last found risen, or it was first looked for. */
  readonly risenAt: number;
}

interface Unseen extends Announced {
  readonly since: number;
}

/** `writtenAt`: as the listing says, store time in ms; not after the answer. */
export interface ListedBeat extends Beat {
  readonly writtenAt: number;
}

export interface BeatsListing {
  /** The newest that verified of each host. */
  readonly newest: ReadonlyMap<string, ListedBeat>;
  /** Monotonic ms when it began, and the store's time of its last page. */
  readonly startedAt: number;
  readonly time: number;
}

export interface BeatsContext {
  readonly ownHost: string;
  readonly intervalMs: number;
  /** Segments known of a writer by tips, batches and positions: the sum of `next` over its lanes. */
  readonly reached: (writer: string) => number;
}

/** A host that has been silent for so long, by the store's clock, is no longer expected. */
const forgetAfterMs = 7 * DAY;
/** So long after another machine has begun to beat under its server's name, neither: it was replaced. */
const replacedAfterMs = HOUR;
const mostHosts = 10_000;

/** What earlier processes heard, and how far our own beats had come. */
export function rememberedBeats(heard: readonly HeardBeat[], own: number, now: number): BeatsState {
  const hosts = new Map(heard.map((beat) => [beat.host, { ...beat, risenAt: now }]));
  return { hosts, unseen: new Map(), ownShown: own, listedAt: undefined };
}

/** `risen`: what is to be remembered of it; `gone`: hosts that are no longer expected. */
export function hearBeats(
  before: BeatsState,
  listing: BeatsListing,
  context: BeatsContext,
): { readonly state: BeatsState; readonly risen: readonly HeardBeat[]; readonly gone: readonly string[] } {
  const paused = pausedMs(before, listing, context);
  const hosts = new Map<string, HostBeats>();
  for (const [host, known] of before.hosts) hosts.set(host, { ...known, risenAt: known.risenAt + paused });
  const risen: HeardBeat[] = [];
  for (const { host, count, everyMs, writtenAt } of listing.newest.values()) {
    const known = hosts.get(host);
    if (host === context.ownHost || count <= (known?.count ?? -1)) continue;
    // Of a host that is new to us it may have been left behind long ago; to one that we know, the bucket shall not say when.
    const heard = { host, count, everyMs, heardAt: known === undefined ? writtenAt : listing.time };
    risen.push(heard);
    hosts.delete(host);
    hosts.set(host, { ...heard, risenAt: listing.startedAt });
  }
  const gone = unexpected(hosts, listing.time);
  for (const host of gone) hosts.delete(host);
  const kept = risen.filter(({ host }) => hosts.has(host));
  const ownShown = Math.max(before.ownShown, listing.newest.get(context.ownHost)?.count ?? 0);
  const unseen = stillUnseen({ ...before, hosts }, listing, paused, context);
  return { state: { hosts, unseen, ownShown, listedAt: listing.startedAt }, risen: kept, gone };
}

/** While no listing came, nobody could be heard: that time makes nobody silent. */
function pausedMs(
  { listedAt }: BeatsState,
  { startedAt }: BeatsListing,
  { intervalMs }: BeatsContext,
): number {
  const since = listedAt === undefined ? 0 : startedAt - listedAt;
  return since > 2 * intervalMs ? since - intervalMs : 0;
}

/** The oldest first, as they stand in the map; one whose server now beats on another machine was replaced. */
function unexpected(hosts: ReadonlyMap<string, HostBeats>, time: number): string[] {
  const lastHeard = new Map<string, number>();
  for (const { host, heardAt } of hosts.values()) {
    const { server } = partsOfHost(host);
    lastHeard.set(server, Math.max(heardAt, lastHeard.get(server) ?? 0));
  }
  return [...hosts.values()]
    .filter(
      ({ host, heardAt }, index) =>
        index < hosts.size - mostHosts ||
        time - heardAt > forgetAfterMs ||
        (lastHeard.get(partsOfHost(host).server) ?? 0) - heardAt > replacedAfterMs,
    )
    .map(({ host }) => host);
}

/**
 * What a writer told of first counts until it is found: what it writes meanwhile must not put that off. Of a host that is no
 * longer expected nothing is.
 */
function stillUnseen(
  { hosts, unseen }: BeatsState,
  { newest, startedAt }: BeatsListing,
  paused: number,
  { ownHost, reached }: BeatsContext,
): Map<string, Unseen> {
  const still = new Map<string, Unseen>();
  for (const [writer, told] of unseen)
    if (hosts.has(hostOf(writer)) && reached(writer) < told.segments)
      still.set(writer, { ...told, since: told.since + paused });
  for (const { host, announced } of newest.values()) {
    if (host === ownHost || !hosts.has(host)) continue;
    if (announced === undefined || still.has(announced.writer)) continue;
    if (reached(announced.writer) < announced.segments)
      still.set(announced.writer, { ...announced, since: startedAt });
  }
  return still;
}

function hostOf(writer: string): string {
  return writer.slice(0, writer.lastIndexOf('~'));
}
