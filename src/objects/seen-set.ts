import { SeenShard } from './seen-shard.ts';

/**
 * Growing moves every entry. In parts that each grow by themselves, the longest pause is that of one part, and a set of
 * millions keeps the event loop no longer than one of thousands.
 */
const shards = 256;

/**
 * Versions of objects that are known, by their 16-byte digests: 22 to 35 bytes an entry, whatever their number. For each
 * it knows how many complete listings in a row have lacked it, and whether it is still to be dealt with.
 *
 * | mark | meaning |
 * |---|---|
 * | 1 | the listing under way, or the last complete one, has it |
 * | 2 | the listing under way has not named it yet; the one before did |
 * | 3 | the same, and the last complete listing lacked it |
 */
export class SeenSet {
  readonly #shards = Array.from({ length: shards }, () => new SeenShard());

  get size(): number {
    return this.#shards.reduce((sum, shard) => sum + shard.size, 0);
  }

  /** Bytes of memory that it takes. */
  get bytes(): number {
    return this.#shards.reduce((sum, shard) => sum + shard.bytes, 0);
  }

  has(digests: Uint8Array, at = 0): boolean {
    return this.#shard(digests, at).find(digests, at) >= 0;
  }

  /** The listing under way names the digest at `at`. Whether it is known. */
  see(digests: Uint8Array, at = 0): boolean {
    const shard = this.#shard(digests, at);
    const slot = shard.find(digests, at);
    if (slot < 0) return false;
    shard.mark(slot, 1);
    return true;
  }

  /**
   * From now on it is known: as the listing under way names it (`seen`), or from what was saved (`saved`), as if a listing
   * had just had it. `pending` keeps it until it is settled, whatever listings lack. False when it was known.
   */
  add(digest: Uint8Array, how: 'seen' | 'saved', pending: boolean): boolean {
    return this.#shard(digest, 0).add(digest, how === 'seen' ? 1 : 2, pending);
  }

  /** Is dealt with. */
  settle(digest: Uint8Array): void {
    const shard = this.#shard(digest, 0);
    const slot = shard.find(digest, 0);
    if (slot >= 0) shard.settle(slot);
  }

  delete(digests: Uint8Array, at = 0): void {
    const shard = this.#shard(digests, at);
    const slot = shard.find(digests, at);
    if (slot >= 0) shard.remove(slot);
  }

  beginListing(): void {
    for (const shard of this.#shards) shard.replace([0, 2, 2, 3]);
  }

  /**
   * The listing was complete. Gives what it and the complete one before lacked, one digest behind the other and in the order
   * of their first bytes, but for what is pending; they are known until they are deleted.
   */
  endListing(): Uint8Array {
    const gone = this.#shards.map((shard) => shard.lacking());
    for (const shard of this.#shards) shard.replace([0, 1, 3, 3]);
    return Buffer.concat(gone);
  }

  #shard(digests: Uint8Array, at: number): SeenShard {
    return this.#shards[digests[at] as number] as SeenShard;
  }
}
