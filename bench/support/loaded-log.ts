import type { SettingsInput } from '../../src/index.ts';
import type { BenchContext } from './bench-context.ts';
import { nodeContender } from './contender.ts';
import { runOnce } from './rounds.ts';

/** A bucket full of updates, and what a reader must find in it. */
export interface LoadedLog {
  readonly store: NonNullable<SettingsInput['store']>;
  readonly count: number;
  /** The sum of all `reads` in the contents: who has it has read them all. */
  readonly reads: number;
}

/** Publishes that many updates, of 5,000 URLs or as many as asked for, into a new bucket of Ceph, in a process of their own. */
export async function loadLog(
  context: BenchContext,
  count: number,
  writers: number,
  urls?: number,
): Promise<LoadedLog> {
  const ceph = await context.ceph();
  const store = ceph.storeSettings(await ceph.makeBucket());
  context.say(`publishing ${count} updates`);
  const file = new URL('../contenders/load-log.ts', import.meta.url);
  const plan = { store, directory: await context.directory(), count, writers, urls };
  const { extra } = await runOnce(nodeContender({ name: 'publishing', count }, file, plan), context.signal);
  return { store, count, reads: extra!['reads']! };
}
