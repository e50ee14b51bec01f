import type { BenchContext } from './bench-context.ts';
import { type Contender, nodeContender } from './contender.ts';
import type { LoadedLog } from './loaded-log.ts';

const ways = [
  ['callback', 'callback on the main thread'],
  ['handler', 'handler in threads'],
  ['unread', 'callback on the main thread, unread'],
] as const;

/** Our ways to read a backlog, each with a fresh state directory in each run. */
export function ownReaders(
  context: Pick<BenchContext, 'directory'>,
  { count, reads, store }: LoadedLog,
  from: string,
  nodeOptions: (way: string) => readonly string[] = () => [],
): Contender[] {
  const file = new URL('../contenders/catch-up.ts', import.meta.url);
  return ways.map(([way, words]) => {
    const plan = async () => ({ store, state: await context.directory(), count, reads, way });
    return nodeContender({ name: `${from}: ${words}`, count }, file, plan, nodeOptions(way));
  });
}
