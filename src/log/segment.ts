/**
 * A segment in memory. `bytes` holds the decompressed, decrypted records back to back and owns its whole
 * ArrayBuffer, so both arrays can be transferred between threads. Record i is `bytes[offsets[i] … offsets[i+1])`;
 * `offsets` has `count + 1` entries. A tombstone has no records.
 */
export interface DecodedSegment {
  readonly header: SegmentHeader;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly offsets: Uint32Array<ArrayBuffer>;
  /** Size of the object as stored, for metering. */
  readonly storedBytes: number;
  /** When the store had it, ms since the epoch, by its clock; absent where that was not read with it. */
  readonly storedAt?: number;
}

export interface SegmentHeader {
  readonly version: number;
  readonly compressed: boolean;
  /** Id of the key it is sealed with. */
  readonly keyId: string | undefined;
  /** Marks a number whose updates the store definitely refused; holds no updates. */
  readonly tombstone: boolean;
  readonly lane: number;
  readonly sequence: number;
  readonly count: number;
  /** Wall-clock part of the first and last update's time, ms since the epoch. */
  readonly firstTime: number;
  readonly lastTime: number;
}
