import type { Update } from '../../src/base/update.ts';
import { Rig, type RigOptions } from './rig.ts';

/** A rig with one writer `a` of `count` segments of one update each, and a started coordinator. */
export async function published(count: number, names?: readonly string[], options?: RigOptions) {
  const rig = new Rig(options);
  const writer = rig.log.writer('a');
  if (names === undefined) await rig.log.publish(writer, count);
  else {
    await rig.log.segment(writer, 0, names);
    await rig.log.tip(writer, { next: 1, oldest: 0 });
  }
  const coordinator = rig.coordinator();
  coordinator.start();
  return { rig, writer, coordinator };
}

export function urlsOf(updates: readonly Update[]): string[] {
  return updates.map(({ url }) => url);
}
