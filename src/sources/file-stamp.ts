import type { BigIntStats } from 'node:fs';

export type FileStats = Pick<BigIntStats, 'size' | 'mtimeNs' | 'ctimeNs' | 'ctimeMs' | 'ino'>;

/** File systems count in steps of up to two seconds: within one, a second change leaves no trace. */
const coarsestMs = 2500;

/** What changes with every change of a file; equal stamps mean equal content, where the stamp is not fresh. */
export function stampOf(stats: FileStats): string {
  return [stats.size, stats.mtimeNs, stats.ctimeNs, stats.ino].map((part) => part.toString(36)).join('.');
}

/** With its sidecar: `null` where there is none, `undefined` where none is asked for. */
export function fullStamp(stats: FileStats, beside: FileStats | null | undefined): string {
  if (beside === undefined) return stampOf(stats);
  return `${stampOf(stats)}+${beside === null ? '' : stampOf(beside)}`;
}

/** When file or sidecar last changed, ms since the epoch, by the clock of their file system. */
export function changedAt(stats: FileStats, beside: FileStats | null | undefined): number {
  return Math.max(Number(stats.ctimeMs), Number(beside?.ctimeMs ?? 0));
}

/** Whether a file that changed then may change again without its stamp telling. */
export function isFresh(changed: number, now: number): boolean {
  return Math.abs(now - changed) < coarsestMs;
}
