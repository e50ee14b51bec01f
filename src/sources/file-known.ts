import type { FileRecord } from '../state/file-table.ts';

/** What stands in a file: its content's digest and its URL, or nothing. */
export type Standing = { readonly digest: string; readonly url: string } | undefined;

/** Whether all there is to tell of a file was told, or came from elsewhere, or is just about to come. */
export function isKnown(record: FileRecord | undefined, standing: Standing): boolean {
  if (record === undefined) return standing === undefined;
  // A sink is at work: what it brings is no news, and it says itself when it is done.
  if (standing === undefined) return record.digest === null || record.pending !== undefined;
  if (record.pending === standing.digest) return true;
  return record.digest === standing.digest && record.url === standing.url;
}

/** Whether nobody has changed the record between two looks at it. */
export function isSameRecord(one: FileRecord | undefined, other: FileRecord | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (['url', 'digest', 'pending', 'hlc', 'writer'] as const).every(
    (field) => one[field] === other[field],
  );
}
