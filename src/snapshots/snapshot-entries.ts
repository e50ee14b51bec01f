import { formatHlc } from '../log/hybrid-clock.ts';
import { parseWriter } from '../log/keys.ts';
import { encodeRecord, recordHlc, recordId, recordUrl } from '../log/record.ts';
import { recordBody } from '../log/record-body.ts';
import type { SnapshotEntry } from '../log/snapshot-part.ts';
import type { NewestRow } from '../state/newest-table.ts';

/** What a snapshot says of a URL; `undefined` for an update that was not read from the log, and so has no place in it. */
export function snapshotEntry(row: NewestRow): SnapshotEntry | undefined {
  const { writer, lane, sequence, index, stamp, url, kind, id, hlc, contentBytes, dataBytes, digest } = row;
  if (parseWriter(writer) === undefined) return undefined;
  const place = { writer, lane, sequence, index, stamp };
  if (row.record !== undefined) return { ...place, record: row.record };
  const record = encodeRecord({ url, kind }, { id, hlc: BigInt(`0x${hlc}`) });
  return { ...place, record, leftOut: { contentBytes, dataBytes, digest: digest ?? '0'.repeat(64) } };
}

/** The row that the entry was made of. */
export function entryRow({ record, leftOut, ...place }: SnapshotEntry): NewestRow {
  const { kind, contentBytes, dataBytes } = recordBody(record);
  const head = { url: recordUrl(record), id: recordId(record), kind, hlc: formatHlc(recordHlc(record)) };
  if (leftOut !== undefined) return { ...place, ...head, ...leftOut };
  return { ...place, ...head, contentBytes, dataBytes, record };
}
