import { randomFillSync } from 'node:crypto';

/** The one seam through which chance enters: ids, nonces, jitter. */
export interface Random {
  /** `length` random bytes. */
  bytes(length: number): Uint8Array;
  /** A number in [0, 1). */
  float(): number;
}

export const systemRandom: Random = {
  bytes: (length) => (length > pool.length ? randomFillSync(new Uint8Array(length)) : drawn(length)),
  float: () => Math.random(),
};

/** Asking the system costs as much for 16 bytes as for some thousands, so it is asked for many at once. */
const pool = new Uint8Array(4096);
let poolAt = pool.length;

/** Each byte is given out once, and wiped. */
function drawn(length: number): Uint8Array {
  if (poolAt + length > pool.length) {
    randomFillSync(pool);
    poolAt = 0;
  }
  const bytes = pool.slice(poolAt, poolAt + length);
  pool.fill(0, poolAt, poolAt + length);
  poolAt += length;
  return bytes;
}

/** `length` random bytes as lower-case hex: ids of fleets, hosts, incarnations, batches, updates. */
export function randomHex(random: Random, length: number): string {
  return Buffer.from(random.bytes(length)).toString('hex');
}
