import type { Clock } from '../base/clock.ts';
import { BucketcastError } from '../base/errors.ts';
import { type Random, randomHex } from '../base/random.ts';
import type { NewUpdate } from '../base/update.ts';
import type { Settings } from '../config/settings.ts';
import { HybridClock, hlcTime } from '../log/hybrid-clock.ts';
import { type Allocate, encodeRecord, recordHlc, restampRecord } from '../log/record.ts';
import { ShapeWriter } from '../log/shape-writer.ts';
import { laneOf } from './lane-of.ts';
import { RecordBlock } from './record-block.ts';

/** An update as it will stand in the bucket: checked, with its id and its time. */
export interface EncodedUpdate {
  /** 32 hex digits. */
  readonly id: string;
  readonly record: Uint8Array;
}

/** Answers of a store are rounded, and come late: no reason to change what was stamped by a clock that is right. */
const toleranceMs = 10_000;

export interface UpdateEncoderParts {
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly random: Random;
}

/** Makes records of updates. It needs no bucket, so that updates can be taken before the bucket answers. */
export class UpdateEncoder {
  readonly #maxUpdateBytes: number;
  readonly #parts: UpdateEncoderParts;
  readonly #allocate: Allocate;
  readonly #shapes: ShapeWriter | undefined;
  #hybridClock: HybridClock;
  #stamped = 0n;
  #restamped = 0n;
  #heard = false;

  constructor(
    { maxUpdateBytes, lanes, values }: Pick<Settings['publish'], 'maxUpdateBytes' | 'lanes' | 'values'>,
    parts: UpdateEncoderParts,
  ) {
    this.#maxUpdateBytes = maxUpdateBytes;
    if (values === 'shaped') this.#shapes = new ShapeWriter(maxUpdateBytes);
    this.#parts = parts;
    const blocks = Array.from({ length: lanes }, () => new RecordBlock());
    this.#allocate = (length, url) => (blocks[laneOf(url, lanes)] as RecordBlock).take(length);
    this.#hybridClock = new HybridClock(parts.clock);
  }

  /** Throws `invalid-update`. */
  encode(update: NewUpdate, id: string = randomHex(this.#parts.random, 16)): EncodedUpdate {
    const hlc = this.#hybridClock.tick();
    const record = encodeRecord(update, { id, hlc }, this.#allocate, this.#shapes);
    this.#stamped = hlc;
    if (record.length > this.#maxUpdateBytes) throw tooLarge(record.length, this.#maxUpdateBytes);
    return { id, record };
  }

  /** A stamp seen in another writer's update: what is encoded from now on is newer. */
  observe(hlc: bigint): void {
    this.#hybridClock.observe(hlc);
  }

  /** The store's time, ms since the epoch: no update may claim to be from later. */
  observeStoreTime(ms: number): void {
    this.#hybridClock.observeStoreTime(ms);
    if (this.#heard) return;
    this.#heard = true;
    if (this.#isDatedRight(this.#stamped)) return;
    // The wall clock led all stamps astray; what bears one is not yet published, and `dated()` sets it right.
    this.#hybridClock = new HybridClock(this.#parts.clock);
    this.#hybridClock.observeStoreTime(ms);
  }

  /**
   * The record as it may go out now. One that was stamped before the store was heard, by a wall clock that turned out
   * to be ahead, would win over every other server's update of its URL for ever: it gets the time of now, and so does
   * what was accepted after it with an earlier one.
   */
  dated(record: Uint8Array): Uint8Array {
    const hlc = recordHlc(record);
    if (this.#isDatedRight(hlc) && hlc > this.#restamped) return record;
    this.#restamped = this.#hybridClock.tick();
    return restampRecord(record, this.#restamped);
  }

  #isDatedRight(hlc: bigint): boolean {
    return hlcTime(hlc) <= this.#hybridClock.latest + toleranceMs;
  }
}

function tooLarge(bytes: number, maxBytes: number): BucketcastError {
  return new BucketcastError(
    'invalid-update',
    `update: ${bytes} bytes are more than publish.maxUpdateBytes (${maxBytes})`,
    {
      hint: 'Publish less at once, or raise publish.maxUpdateBytes.',
      details: { bytes, maxBytes },
    },
  );
}
