import { randomFillSync } from 'node:crypto';

/** The one seam through which chance enters: ids, nonces, jitter. */
export interface Random {
  /** `length` random bytes. */
  bytes(length: number): Uint8Array;
  /** A number in [0, 1). */
  float(): number;
}

export const systemRandom: Random = {
  bytes: (length) => randomFillSync(new Uint8Array(length)),
  float: () => Math.random(),
};

/** `length` random bytes as lower-case hex: ids of fleets, hosts, incarnations, batches, updates. */
export function randomHex(random: Random, length: number): string {
  return Buffer.from(random.bytes(length)).toString('hex');
}
