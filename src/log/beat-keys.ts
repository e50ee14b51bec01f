import { fixed, unfixed } from './keys.ts';

/**
 * Heartbeats: empty objects whose keys say everything.
 *
 *   v1/beats/<server>~<host id>/<count>.<every>[.<incarnation>.<segments>][_<mac>]
 *
 * <count>       rises with every beat of the host, also over restarts
 * <every>       milliseconds until the next one; 0 is a farewell: the host was stopped and will be silent
 * <incarnation> of the writer at work, and the segments, over all its lanes, that its last tip told of: whoever reads that has
 *               to find as many in tips and batches
 * <mac>         as of a tip, where there are keys
 */
export const beatsPrefix = 'v1/beats/';

export interface Beat {
  /** `<server>~<host id>` */
  readonly host: string;
  readonly count: number;
  readonly everyMs: number;
  readonly announced?: Announced;
  readonly mac?: string;
}

/** What a host has told of by tips. */
export interface Announced {
  readonly writer: string;
  /** The sum of `next` over its lanes. */
  readonly segments: number;
}

const beatPattern =
  /^([a-z0-9.-]{1,63}~[0-9a-f]{16})\/([0-9a-z]{10})\.([0-9a-z]{10})(?:\.([0-9a-f]{32})\.([0-9a-z]{10}))?(?:_([a-z0-9]{1,16}-[0-9a-f]{32}))?$/;

export function beatHost(server: string, hostId: string): string {
  return `${server}~${hostId}`;
}

/** The server's name and the host id. */
export function partsOfHost(host: string): { readonly server: string; readonly hostId: string } {
  const at = host.indexOf('~');
  return { server: host.slice(0, at), hostId: host.slice(at + 1) };
}

export function beatKey(beat: Beat): string {
  return `${beatsPrefix}${beat.host}/${beatName(beat)}${beat.mac === undefined ? '' : `_${beat.mac}`}`;
}

/** The part of a beat's key that its MAC covers, after the host. */
export function beatName({ count, everyMs, announced }: Beat): string {
  const parts = [fixed(count), fixed(everyMs)];
  if (announced) parts.push(incarnationOf(announced.writer), fixed(announced.segments));
  return parts.join('.');
}

/** `undefined` for anything that is no beat. */
export function parseBeatKey(key: string): Beat | undefined {
  const match = key.startsWith(beatsPrefix) ? beatPattern.exec(key.slice(beatsPrefix.length)) : null;
  if (!match) return undefined;
  const [, host = '', count, every, incarnation, segments, mac] = match;
  return {
    host,
    count: unfixed(count) ?? 0,
    everyMs: unfixed(every) ?? 0,
    ...(incarnation !== undefined && {
      announced: { writer: `${host}~${incarnation}`, segments: unfixed(segments) ?? 0 },
    }),
    ...(mac !== undefined && { mac }),
  };
}

function incarnationOf(writer: string): string {
  return writer.slice(writer.lastIndexOf('~') + 1);
}
