import { KiB } from '../config/units.ts';

/** A block lives as long as the last of its records: no larger, or one that is stuck would hold much besides. */
const blockBytes = 16 * KiB;

/**
 * Memory for records that are answered for in the order in which they were made, those of one lane. Memory of its own for each
 * small record costs more than writing it.
 */
export class RecordBlock {
  #block = Buffer.alloc(0);
  #at = 0;

  /** `length` bytes that nobody else has; what is in them is left over. */
  take(length: number): Buffer<ArrayBuffer> {
    if (length > blockBytes / 4) return Buffer.allocUnsafeSlow(length);
    if (this.#at + length > this.#block.length) {
      this.#block = Buffer.allocUnsafeSlow(blockBytes);
      this.#at = 0;
    }
    const start = this.#at;
    this.#at += length;
    return this.#block.subarray(start, this.#at);
  }
}
