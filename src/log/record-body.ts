import { hash } from 'node:crypto';
import type { UpdateKind } from '../base/update.ts';
import { contentType, field, kindCode } from './record-layout.ts';
import { readShaped } from './shape-reader.ts';

/** What a record holds besides its length, id, clock and URL. See `record-layout.ts`. */
export interface RecordBody {
  readonly kind: UpdateKind;
  readonly contentType: number;
  readonly dataBytes: number;
  readonly contentBytes: number;
  /** Metadata and content, one behind the other; absent where they were not kept. */
  readonly bytes?: Uint8Array;
}

/** Shares the record's memory. */
export function recordBody(record: Uint8Array): RecordBody & { readonly bytes: Uint8Array } {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  const start = field.url + view.getUint32(field.urlLength, true);
  return {
    kind: record[field.kind] === kindCode.delete ? 'delete' : 'put',
    contentType: record[field.contentType] ?? contentType.none,
    dataBytes: view.getUint32(field.dataLength, true),
    contentBytes: view.getUint32(field.contentLength, true),
    bytes: record.subarray(start),
  };
}

/** Of content as it was published, its bytes or its JSON text, however the record holds it. */
export interface ContentFacts {
  /** SHA-256, 64 hex digits. */
  readonly digest: string;
  readonly contentBytes: number;
}

export function contentFacts(record: Uint8Array): ContentFacts {
  const { contentType: type, dataBytes, bytes } = recordBody(record);
  const held = bytes.subarray(dataBytes);
  const content = (type === contentType.shaped ? shapedText(held) : undefined) ?? held;
  return { digest: hash('sha256', content, 'hex'), contentBytes: Buffer.byteLength(content) };
}

/** `undefined` for what is not of its shape: whoever reads it will say so. */
function shapedText(content: Uint8Array): string | undefined {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  try {
    return JSON.stringify(readShaped(bytes, 0, bytes.length));
  } catch {
    return undefined;
  }
}

/** The record that `recordBody` took apart, in memory of its own. */
export function joinRecord(
  head: { readonly id: Uint8Array; readonly hlc: bigint; readonly url: string },
  { kind, contentType: type, dataBytes, contentBytes, bytes }: RecordBody & { readonly bytes: Uint8Array },
): Uint8Array<ArrayBuffer> {
  const urlBytes = Buffer.byteLength(head.url);
  const record = Buffer.allocUnsafeSlow(field.url + urlBytes + bytes.byteLength);
  record.writeUInt32LE(record.length, field.length);
  record.writeUInt32LE(kindCode[kind] | (type << 8), field.kind);
  record.writeBigUInt64LE(head.hlc, field.hlc);
  record.set(head.id, field.id);
  record.writeUInt32LE(urlBytes, field.urlLength);
  record.writeUInt32LE(dataBytes, field.dataLength);
  record.writeUInt32LE(contentBytes, field.contentLength);
  record.write(head.url, field.url, 'utf8');
  record.set(bytes, field.url + urlBytes);
  return record;
}
