import type { Clock } from '../base/clock.ts';
import { MemoryStore } from './memory-store.ts';

const named = new Map<string, MemoryStore>();

/** The store of that name: one for the whole process, however often it is opened. Closing it forgets nothing. */
export function openMemoryStore(name: string, clock?: Pick<Clock, 'now'>): MemoryStore {
  const known = named.get(name);
  if (known !== undefined) return known;
  const store = new MemoryStore({ name, ...(clock && { clock }) });
  named.set(name, store);
  return store;
}
