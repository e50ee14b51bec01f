import type { Clock } from './clock.ts';

/** Resolves once the promise has settled, either way, and after `ms` at the latest. */
export async function settledWithin(
  clock: Pick<Clock, 'after'>,
  ms: number,
  promise: Promise<unknown>,
): Promise<void> {
  const late = Promise.withResolvers<void>();
  const cancel = clock.after(ms, late.resolve);
  await Promise.race([promise.catch(() => {}), late.promise]);
  cancel();
}
