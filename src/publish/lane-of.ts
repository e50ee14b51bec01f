import { createHash } from 'node:crypto';

/** The lane of a URL: the same for every update of it within one writer, so that they stay in order. */
export function laneOf(url: string, lanes: number): number {
  if (lanes === 1) return 0;
  return createHash('sha256').update(url).digest().readUInt32BE(0) % lanes;
}
