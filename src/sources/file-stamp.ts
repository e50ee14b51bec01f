import type { BigIntStats } from 'node:fs';

/** File systems count in steps of up to two seconds: within one, a second change leaves no trace. */
const coarsestMs = 2500;

/** What changes with every change of a file; equal stamps mean equal content, where the stamp is not fresh. */
export function stampOf(stats: Pick<BigIntStats, 'size' | 'mtimeNs' | 'ctimeNs' | 'ino'>): string {
  return [stats.size, stats.mtimeNs, stats.ctimeNs, stats.ino].map((part) => part.toString(36)).join('.');
}

/** Whether the file may be changed again without its stamp telling. */
export function isFresh(stats: Pick<BigIntStats, 'ctimeMs'>, now: number): boolean {
  return Math.abs(now - Number(stats.ctimeMs)) < coarsestMs;
}
