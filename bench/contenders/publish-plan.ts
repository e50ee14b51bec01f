import type { Measurement } from '../support/measurement.ts';

/** What contenders of the publish bench are told. */
export interface PublishPlan {
  readonly callers: number;
  readonly count: number;
}

/**
 * So many callers, each of which publishes its next update once the one before is durable. Tells what was done, and how long
 * the calls took.
 */
export async function publishAll(
  { callers, count }: PublishPlan,
  publish: (index: number) => Promise<unknown>,
): Promise<Pick<Measurement, 'count' | 'extra'>> {
  const took: number[] = [];
  let next = 0;
  const caller = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      const from = performance.now();
      await publish(index);
      took.push(performance.now() - from);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  took.sort((a, b) => a - b);
  const quantile = (share: number) => took[Math.floor(share * (took.length - 1))] as number;
  return { count: took.length, extra: { p50Ms: quantile(0.5), p99Ms: quantile(0.99) } };
}
