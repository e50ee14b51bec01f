import type { Tip } from '../log/keys.ts';
import type { KeySeen, MissingKey } from './coordinator-snapshot.ts';

/** More are not told apart: whoever may write into the bucket can name any number. */
const mostKeys = 10;

/** Which keys the tips are signed with, tips of one writer counted once; most lanes first. */
export function missingKeys(tips: readonly Tip[]): readonly MissingKey[] {
  const lanesOf = new Map<string, Map<string, number>>();
  for (const { mac, writer, lanes } of tips) {
    const keyId = keyIdOf(mac) ?? '';
    const writers = lanesOf.get(keyId) ?? new Map<string, number>();
    lanesOf.set(keyId, writers.set(writer, lanes.length));
  }
  return [...lanesOf]
    .map(([keyId, writers]) => ({ keyId, writers: writers.size, lanes: sum([...writers.values()]) }))
    .toSorted((a, b) => b.lanes - a.lanes)
    .slice(0, mostKeys);
}

/** The same of all tips and of the batches; those with most writers first. */
export function keysSeen(
  signedBy: ReadonlyMap<string, string | undefined>,
  batches: readonly (string | undefined)[],
): readonly KeySeen[] {
  const seen = new Map<string | undefined, { writers: number; batches: number }>();
  const count = (keyId: string | undefined, what: 'writers' | 'batches') => {
    const counts = seen.get(keyId) ?? { writers: 0, batches: 0 };
    counts[what] += 1;
    seen.set(keyId, counts);
  };
  for (const keyId of signedBy.values()) count(keyId, 'writers');
  for (const keyId of batches) count(keyId, 'batches');
  return [...seen]
    .map(([keyId, counts]) => ({ keyId: keyId ?? null, ...counts }))
    .toSorted((a, b) => b.writers - a.writers || b.batches - a.batches)
    .slice(0, mostKeys);
}

/** Of a tip's MAC. */
export function keyIdOf(mac: string | undefined): string | undefined {
  return mac?.slice(0, mac.indexOf('-'));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
