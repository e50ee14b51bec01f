import { parseSegmentKey, parseTipsKey } from '../../src/log/keys.ts';
import type { ObjectStore, PutAnswer, PutOptions } from '../../src/store/object-store.ts';
import type { Death } from './member-plan.ts';

/** The store of a process that dies between a segment's PUT and its tip's, as `Death` says. */
export function fatalStore(inner: ObjectStore, { segments, heard }: Death): ObjectStore {
  const die = () => process.kill(process.pid, 'SIGKILL');
  let tips = 0;
  let puts = 0;
  const put = async (key: string, body: Uint8Array, options?: PutOptions): Promise<PutAnswer> => {
    const isSegment = parseSegmentKey(key) !== undefined;
    const isTip = parseTipsKey(key).type === 'tip';
    if (isTip) tips += 1;
    // What is not to go out waits for the end.
    if ((isTip && tips > 1) || (isSegment && puts === segments)) return new Promise<never>(() => {});
    const answer = await inner.put(key, body, options);
    if (!isSegment) return answer;
    puts += 1;
    // Whatever follows from the answer without waiting has happened by the next turn of the event loop.
    if (puts === segments && heard) setImmediate(die);
    else if (puts === segments) die();
    return answer;
  };
  return new Proxy(inner, {
    get: (store, name) => {
      if (name === 'put') return put;
      const member: unknown = Reflect.get(store, name, store);
      return typeof member === 'function' ? member.bind(store) : member;
    },
  });
}
