import { isUtf8 } from 'node:buffer';
import { shapedHeadBytes } from './shape-reader.ts';

/**
 * One update inside a segment's body. Little endian; records follow each other without padding.
 *
 *   offset  size  field
 *        0     4  length of the whole record, these 4 bytes included
 *        4     1  kind: 0 put, 1 delete
 *        5     1  content type: 0 none (null), 1 JSON, 2 bytes, 3 a value by its shape
 *        6     2  reserved, 0
 *        8     8  hybrid logical clock: 48 bits of milliseconds since the epoch, then 16 bits of counter
 *       16    16  id
 *       32     4  U: length of the URL, 1..8192
 *       36     4  D: length of the metadata, 0 for null
 *       40     4  C: length of the content
 *       44     U  URL, UTF-8
 *     44+U     D  metadata, JSON text in UTF-8
 *   44+U+D     C  content: JSON text in UTF-8, bytes, or as in `shape-reader.ts`
 */
export const field = {
  length: 0,
  kind: 4,
  contentType: 5,
  reserved: 6,
  hlc: 8,
  id: 16,
  urlLength: 32,
  dataLength: 36,
  contentLength: 40,
  url: 44,
} as const;

export const contentType = { none: 0, json: 1, bytes: 2, shaped: 3 } as const;
export const kindCode = { put: 0, delete: 1 } as const;
export const maxUrlBytes = 8 * 1024;
/** A record has at least a URL of one byte. */
export const minRecordBytes = field.url + 1;

/** What a frame turned out to be. */
export type Split =
  | { readonly offsets: Uint32Array<ArrayBuffer>; readonly fault?: undefined }
  | { readonly fault: string };

/**
 * Finds the `count` records that fill `bytes` exactly, checking everything but the values (they are checked when
 * they are read). Takes memory only after `count` is known to be possible.
 */
export function splitRecords(bytes: Uint8Array, count: number): Split {
  if (count * minRecordBytes > bytes.length)
    return { fault: `${count} records cannot fit in ${bytes.length} bytes` };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const offsets = new Uint32Array(count + 1);
  let at = 0;
  for (let index = 0; index < count; index++) {
    const fault = faultOf(bytes, view, at);
    if (fault !== undefined) return { fault: `record ${index}: ${fault}` };
    at += view.getUint32(at + field.length, true);
    offsets[index + 1] = at;
  }
  if (at !== bytes.length) return { fault: `${bytes.length - at} bytes follow the last record` };
  return { offsets };
}

function faultOf(bytes: Uint8Array, view: DataView, at: number): string | undefined {
  const rest = bytes.length - at;
  if (rest < minRecordBytes) return `${rest} bytes are too few`;
  const length = view.getUint32(at + field.length, true);
  if (length > rest) return `claims ${length} bytes of ${rest}`;
  const kind = view.getUint8(at + field.kind);
  if (kind > 1) return `unknown kind ${kind}`;
  if (view.getUint16(at + field.reserved, true) !== 0) return 'reserved bytes are set';
  const url = view.getUint32(at + field.urlLength, true);
  const data = view.getUint32(at + field.dataLength, true);
  const content = view.getUint32(at + field.contentLength, true);
  if (field.url + url + data + content !== length) return 'lengths do not add up';
  if (url < 1 || url > maxUrlBytes) return `URL of ${url} bytes`;
  const start = at + field.url;
  if (!isUtf8Text(bytes, start, start + url)) return 'URL is not UTF-8';
  return contentFaultOf(kind, view.getUint8(at + field.contentType), content);
}

function contentFaultOf(kind: number, type: number, length: number): string | undefined {
  if (type > contentType.shaped) return `unknown content type ${type}`;
  if (kind === kindCode.delete && type !== contentType.none) return 'a delete has content';
  if (type === contentType.none && length > 0) return 'content without a type';
  if (type === contentType.json && length === 0) return 'empty JSON content';
  if (type === contentType.shaped && length < shapedHeadBytes) return 'content by its shape is too short';
  return undefined;
}

/** Nearly every URL is ASCII, and a native call costs more than looking at its bytes. */
function isUtf8Text(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    if ((bytes[i] as number) >= 0x80) return isUtf8(bytes.subarray(i, end));
  }
  return true;
}
