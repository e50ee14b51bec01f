import { availableParallelism } from 'node:os';
import type { Settings } from '../config/settings.ts';

const mostByDefault = 4;

/** How many threads a pool has: `pool.threads`, else one for each processor but the main thread's, and few of them. */
export function threadCount({ threads }: Pick<Settings['pool'], 'threads'>): number {
  return threads ?? Math.min(Math.max(1, availableParallelism() - 1), mostByDefault);
}

/**
 * How many threads a subscription with a handler has: `pool.handlerThreads`, else one for each processor, for then the work is
 * theirs, and the main thread has little to do.
 */
export function handlerThreadCount({ handlerThreads }: Pick<Settings['pool'], 'handlerThreads'>): number {
  return handlerThreads ?? Math.min(availableParallelism(), mostByDefault);
}
