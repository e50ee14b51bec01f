import type { LedgerEntry } from './entries.ts';

const publishing: ReadonlySet<LedgerEntry['type']> = new Set(['called', 'durable', 'rejected']);

/** One book from several writers' ledgers: what was published first, then what each reader saw, each in its own order. */
export function mergeLedgers(ledgers: readonly (readonly LedgerEntry[])[]): LedgerEntry[] {
  const all = ledgers.flat();
  return [
    ...all.filter((entry) => publishing.has(entry.type)),
    ...all.filter((entry) => !publishing.has(entry.type)),
  ];
}
