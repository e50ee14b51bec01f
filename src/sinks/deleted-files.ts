import { hlcTime } from '../log/hybrid-clock.ts';
import type { KnownFile, KnownFiles } from './known-files.ts';

const pageSize = 500;

/**
 * Forgets files that were deleted before `before`, ms since the epoch, by the stamps of the deletions. Between two pages others
 * get their turn.
 */
export async function forgetDeleted(
  files: Pick<KnownFiles, 'under' | 'forget'>,
  directory: string,
  before: number,
  breathe: () => Promise<void>,
): Promise<void> {
  let page: KnownFile[] = [];
  let seen = 0;
  for (const file of files.under(directory)) {
    seen += 1;
    if (file.digest === null && file.pending === undefined && isOlder(file.hlc, before)) page.push(file);
    if (seen % pageSize > 0) continue;
    files.forget(page.map(({ path }) => path));
    page = [];
    await breathe();
  }
  if (page.length > 0) files.forget(page.map(({ path }) => path));
}

export function stampTime(hlc: string): number {
  return hlcTime(BigInt(`0x${hlc}`));
}

function isOlder(hlc: string, before: number): boolean {
  // A deletion whose publication is not answered yet has no stamp.
  return hlc !== '' && stampTime(hlc) < before;
}
