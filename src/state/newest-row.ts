import { hash } from 'node:crypto';
import type { UpdateKind } from '../base/update.ts';
import type { RecordPlace } from '../log/delivered-update.ts';
import { formatHlc } from '../log/hybrid-clock.ts';
import { cappedHlc } from '../log/newest-rule.ts';
import { recordHlc, recordId, recordUrl } from '../log/record.ts';
import { contentFacts, joinRecord, recordBody } from '../log/record-body.ts';
import type { Row } from './state-database.ts';

/** The newest update of one URL, as far as it is known. A delete stays as a row. */
export interface NewestRow {
  readonly url: string;
  /** 32 hex digits. */
  readonly id: string;
  readonly kind: UpdateKind;
  /** Hybrid logical clock as published, 16 hex digits. */
  readonly hlc: string;
  /** What it counts as: `hlc`, or less where that was ahead of the store (`cappedHlc`). */
  readonly stamp: string;
  readonly writer: string;
  readonly lane: number;
  readonly sequence: number;
  /** Place inside its segment, from 0. */
  readonly index: number;
  /** Bytes of content, and of data, as the record holds them; without a record, as published. */
  readonly contentBytes: number;
  readonly dataBytes: number;
  /** The update as a segment holds it; absent when it was too large to be kept. */
  readonly record?: Uint8Array;
  /** SHA-256 of the content, 64 hex digits; only without a record, for otherwise `contentFacts` tells it. */
  readonly digest?: string;
}

export const newestColumns = `url, id, kind, content_type, hlc, stamp,
  (SELECT writer FROM newest_writers w WHERE w.id = newest.writer) AS writer, lane, sequence, place,
  content_bytes, data_bytes, body, digest`;

/** What rows are found and ordered by: 16 bytes, spread evenly. URLs themselves would take four times as much in the index. */
export function newestKey(url: string): Uint8Array {
  return hash('sha256', url, 'buffer').subarray(0, 16);
}

export function readNewest(row: Row): NewestRow {
  const stamp = hex(row['stamp']);
  const hlc = row['hlc'] === null ? stamp : hex(row['hlc']);
  const kind = row['kind'] === 1 ? 'delete' : 'put';
  const url = row['url'] as string;
  const body = {
    kind,
    contentType: row['content_type'] as number,
    contentBytes: row['content_bytes'] as number,
    dataBytes: row['data_bytes'] as number,
  } as const;
  const bytes = row['body'] as Uint8Array | null;
  const head = { id: row['id'] as Uint8Array, hlc: BigInt(`0x${hlc}`), url };
  return {
    url,
    id: hex(row['id']),
    kind,
    hlc,
    stamp,
    writer: row['writer'] as string,
    lane: row['lane'] as number,
    sequence: row['sequence'] as number,
    index: row['place'] as number,
    contentBytes: body.contentBytes,
    dataBytes: body.dataBytes,
    ...(bytes && { record: joinRecord(head, { ...body, bytes }) }),
    ...(row['digest'] !== null && { digest: hex(row['digest']) }),
  };
}

/**
 * The row of an update, whose record it shares; a copy of what is larger than `maxContentBytes` is not kept.
 * `storedAt`: when the store had it at the latest, ms since the epoch.
 */
export function newestRow(
  record: Uint8Array,
  place: RecordPlace,
  { storedAt, maxContentBytes }: { readonly storedAt: number; readonly maxContentBytes: number },
): NewestRow {
  const { kind, contentBytes, dataBytes } = recordBody(record);
  const hlc = formatHlc(recordHlc(record));
  const isKept = contentBytes + dataBytes <= maxContentBytes;
  return {
    url: recordUrl(record),
    id: recordId(record),
    kind,
    hlc,
    stamp: cappedHlc(hlc, storedAt),
    writer: place.writer,
    lane: place.lane,
    sequence: place.sequence,
    index: place.index,
    contentBytes,
    dataBytes,
    ...(isKept ? { record } : contentFacts(record)),
  };
}

function hex(bytes: unknown): string {
  return Buffer.from(bytes as Uint8Array).toString('hex');
}
