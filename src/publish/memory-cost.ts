/** What an update in memory takes besides its record, as measured: whoever waits for it, and its places in line. Bytes. */
const besidesBytes = 2048;

/** Bytes of memory for an update on its way to the bucket: a million small ones are mostly not their records. */
export function memoryCost(record: Uint8Array): number {
  return record.length + besidesBytes;
}
