import { bytesText, counted, timeText } from '../status/amounts.ts';
import type { SnapshotsStatus } from '../status/snapshots-status.ts';
import { printable } from './table.ts';

/** `1,200 URLs, 3 MiB, written 2 h ago by web-1`. */
export function snapshotsText({ newest, isWriting, lastOutcome, writes }: SnapshotsStatus): string {
  const doing = isWriting ? '; writing one' : lastOutcome === 'behind' ? '; waits for its index' : '';
  if (newest === null) return `none yet (write: ${writes})${doing}`;
  const { urls, bytes, ageMs, server } = newest;
  return `${counted(urls, 'URL')}, ${bytesText(bytes)}, written ${timeText(ageMs)} ago by ${printable(server)}${doing}`;
}
