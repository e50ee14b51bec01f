import { crc32 } from 'node:zlib';

/** The lane of a URL, or of its UTF-8: the same for every update of it within one writer, so that they stay in order. */
export function laneOf(url: string | Uint8Array, lanes: number): number {
  return lanes === 1 ? 0 : crc32(url) % lanes;
}
