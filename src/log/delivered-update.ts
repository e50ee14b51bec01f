import { inspect } from 'node:util';
import type { JsonValue, Update, UpdateKind } from '../base/update.ts';
import { corruptError } from './corrupt.ts';
import { formatHlc } from './hybrid-clock.ts';
import { jsonContent } from './json-content.ts';
import { parseJsonText } from './json-text.ts';
import { parseWriter, segmentKey } from './keys.ts';
import { contentType, field, kindCode } from './record-layout.ts';
import { readShaped } from './shape-reader.ts';

/** Where a record stands in the fleet's logs. */
export interface RecordPlace {
  readonly writer: string;
  readonly lane: number;
  readonly sequence: number;
  readonly index: number;
}

/** What the updates of a segment share. */
export interface RecordSource extends Omit<RecordPlace, 'index'> {
  readonly bytes: Buffer;
  /** When the store had it, ms since the epoch; absent where nobody knows. */
  readonly storedAt?: number | undefined;
}

/**
 * An update that reads its fields out of the segment's bytes when they are asked for, and keeps what it parsed.
 *
 * - Most fields are getters of the prototype, so `{ ...update }` lacks them: spread `update.toJSON()` instead.
 * - It keeps its whole segment in memory; to remember updates for long, remember `update.toJSON()`.
 * - Content that is bytes is a copy, which is the reader's own.
 * - `content` and `data` throw `corrupt` when their bytes are no value. No writer of ours produces that.
 */
export class DeliveredUpdate implements Update {
  readonly index: number;
  readonly #source: RecordSource;
  readonly #start: number;
  #url: string | undefined;
  #data: JsonValue | undefined;
  #content: JsonValue | Uint8Array | undefined;

  /** `source.bytes[start …]` holds a record that `splitRecords` accepted. */
  constructor(source: RecordSource, start: number, index: number) {
    this.#source = source;
    this.#start = start;
    this.index = index;
  }

  get writer(): string {
    return this.#source.writer;
  }

  get lane(): number {
    return this.#source.lane;
  }

  get sequence(): number {
    return this.#source.sequence;
  }

  /** What holds an update's record, and where in its bytes that begins. Throws for an update that was not read from one. */
  static recordOf(update: Update): { readonly source: RecordSource; readonly start: number } {
    if (!(#source in update)) throw new TypeError('expected an update that was read from its record');
    return { source: update.#source, start: update.#start };
  }

  get id(): string {
    return this.#source.bytes.toString('hex', this.#start + field.id, this.#start + field.id + 16);
  }

  get kind(): UpdateKind {
    return this.#source.bytes[this.#start + field.kind] === kindCode.delete ? 'delete' : 'put';
  }

  get server(): string {
    return parseWriter(this.writer)?.server ?? this.writer;
  }

  get time(): number {
    const at = this.#start + field.hlc;
    return this.#source.bytes.readUInt32LE(at + 4) * 0x1_0000 + this.#source.bytes.readUInt16LE(at + 2);
  }

  get hlc(): string {
    return formatHlc(this.#source.bytes.readBigUInt64LE(this.#start + field.hlc));
  }

  get url(): string {
    this.#url ??= this.#source.bytes.toString('utf8', this.#start + field.url, this.#dataAt);
    return this.#url;
  }

  get data(): JsonValue {
    if (this.#data === undefined) {
      const start = this.#dataAt;
      const end = this.#contentAt;
      this.#data = start === end ? null : this.#json('data', start, end);
    }
    return this.#data;
  }

  get content(): JsonValue | Uint8Array {
    this.#content ??= this.#readContent();
    return this.#content;
  }

  /**
   * A plain object with every field. Bytes become a base64 string, and only then there is a field
   * `encoding: 'base64'`.
   */
  toJSON(): Record<string, JsonValue> {
    return {
      id: this.id,
      url: this.url,
      ...jsonContent(this.content),
      data: this.data,
      server: this.server,
      time: this.time,
      kind: this.kind,
      hlc: this.hlc,
      writer: this.writer,
      lane: this.lane,
      sequence: this.sequence,
      index: this.index,
    };
  }

  [inspect.custom](): unknown {
    return this.toJSON();
  }

  get #dataAt(): number {
    return this.#start + field.url + this.#source.bytes.readUInt32LE(this.#start + field.urlLength);
  }

  get #contentAt(): number {
    return this.#dataAt + this.#source.bytes.readUInt32LE(this.#start + field.dataLength);
  }

  #readContent(): JsonValue | Uint8Array {
    const type = this.#source.bytes[this.#start + field.contentType];
    const start = this.#contentAt;
    const end = start + this.#source.bytes.readUInt32LE(this.#start + field.contentLength);
    if (type === contentType.json) return this.#json('content', start, end);
    if (type === contentType.shaped) return this.#shaped(start, end);
    return type === contentType.bytes ? new Uint8Array(this.#source.bytes.subarray(start, end)) : null;
  }

  #shaped(start: number, end: number): JsonValue {
    try {
      return readShaped(this.#source.bytes, start, end);
    } catch (error) {
      const key = segmentKey(this, this.sequence);
      throw corruptError(key, `record ${this.index}: content is not of its shape`, error);
    }
  }

  #json(what: string, start: number, end: number): JsonValue {
    try {
      return parseJsonText(this.#source.bytes.toString('utf8', start, end));
    } catch (error) {
      const key = segmentKey(this, this.sequence);
      throw corruptError(key, `record ${this.index}: ${what} is not JSON`, error);
    }
  }
}
