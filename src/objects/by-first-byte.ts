import { versionDigestBytes } from '../log/version-digest.ts';

/**
 * Digests of several pages, one behind the other, in the order of their first bytes. A table that is kept in their order is
 * then changed at one place after the other; in no order, every few thousand would change all of it.
 */
export function byFirstByte(pages: readonly Uint8Array[]): Uint8Array {
  const starts = new Uint32Array(257);
  for (const page of pages)
    for (let at = 0; at < page.length; at += versionDigestBytes) {
      const next = (page[at] as number) + 1;
      starts[next] = (starts[next] as number) + versionDigestBytes;
    }
  for (let byte = 1; byte <= 256; byte += 1)
    starts[byte] = (starts[byte] as number) + (starts[byte - 1] as number);
  const ordered = new Uint8Array(starts[256] as number);
  for (const page of pages)
    for (let at = 0; at < page.length; at += versionDigestBytes) {
      const byte = page[at] as number;
      ordered.set(page.subarray(at, at + versionDigestBytes), starts[byte]);
      starts[byte] = (starts[byte] as number) + versionDigestBytes;
    }
  return ordered;
}
