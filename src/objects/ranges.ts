import { compareKeys } from '../store/key-order.ts';
import type { KeyScale } from './key-scale.ts';

/** Keys greater than `after` and not greater than `until`, in byte order; without an end where one is left out. */
export interface KeyRange {
  readonly after?: string;
  readonly until?: string;
  /** How many keys the last listing counted in it. */
  readonly expected: number;
  /** How many it counted before it. */
  readonly before: number;
}

/** What a listing counted: keys after the end of the stretch before, up to and including `until`. */
export interface Stretch {
  readonly until: string;
  readonly keys: number;
}

/** Keys on one page of a listing. */
const pageKeys = 1000;
/** A stretch ends at every key whose number is divisible by this. A divisor of `pageKeys`, so that pages end there, too. */
export const stretchKeys = 125;
/** Part of a range that may be left free. */
const mostRoom = 1 / 8;

/**
 * The ranges to list, from what the last listing counted: neighbours are merged while they fit `shardPages` pages, less
 * `room` keys for what is new. They are contiguous and open at both ends of the whole, so every key that there is or
 * will be lies in exactly one.
 *
 * All pages of a range but the last are full, so a listing takes at most ⌊keys / 1,000⌋ + ranges LISTs. Of a bucket
 * that stays as it is, all ranges but the last soon hold exactly `shardPages` full pages: ⌈keys / 1,000⌉ LISTs, and
 * there cannot be fewer. Where keys come in, each range may need one LIST more: one in `shardPages`.
 */
export function planRanges(
  stretches: readonly Stretch[],
  { shardPages, room = 0 }: { readonly shardPages: number; readonly room?: number },
): KeyRange[] {
  const whole = shardPages * pageKeys;
  const most = whole - Math.min(room, whole * mostRoom);
  const ranges: KeyRange[] = [];
  let open: KeyRange = { expected: 0, before: 0 };
  let end: string | undefined;
  for (const { until, keys } of stretches) {
    if (end !== undefined && open.expected + keys > most) {
      ranges.push({ ...open, until: end });
      open = { after: end, expected: 0, before: open.before + open.expected };
    }
    open = { ...open, expected: open.expected + keys };
    end = until;
  }
  return [...ranges, open];
}

export interface Progress {
  /** The range that is being listed. */
  readonly range: Pick<KeyRange, 'after' | 'until'>;
  /** The last key that was listed, and how many were up to it. */
  readonly last: string;
  readonly keys: number;
  readonly scale: KeyScale;
  readonly shardPages: number;
  readonly mostParts: number;
}

/**
 * Where to cut what is left of a range that turned out long: into parts of about `shardPages` pages, if keys go on as
 * densely as they have so far. In order, each strictly between `last` and the range's end; none where one part will do.
 */
export function cutsOf({ range, last, keys, scale, shardPages, mostParts }: Progress): string[] {
  const from = range.after === undefined ? 0 : scale.positionOf(range.after);
  const here = scale.positionOf(last);
  const end = range.until === undefined ? scale.length : scale.positionOf(range.until);
  if (here <= from || end <= here) return [];
  const left = (keys / (here - from)) * (end - here);
  const parts = Math.min(Math.ceil(left / (shardPages * pageKeys)), mostParts);
  const cuts: string[] = [];
  for (let part = 1; part < parts; part += 1) {
    const cut = scale.keyAt(here + ((end - here) * part) / parts);
    const isInside = range.until === undefined || compareKeys(cut, range.until) < 0;
    if (compareKeys(cut, cuts.at(-1) ?? last) > 0 && isInside) cuts.push(cut);
  }
  return cuts;
}
