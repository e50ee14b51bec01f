import type { Tip } from '../log/keys.ts';
import type { MissingKey } from './coordinator-snapshot.ts';

/** More are not told apart: whoever may write into the bucket can name any number. */
const mostKeys = 10;

/** Which keys the tips are signed with, tips of one writer counted once; most lanes first. */
export function missingKeys(tips: readonly Tip[]): readonly MissingKey[] {
  const lanesOf = new Map<string, Map<string, number>>();
  for (const { mac = '', writer, lanes } of tips) {
    const keyId = mac.slice(0, mac.indexOf('-'));
    const writers = lanesOf.get(keyId) ?? new Map<string, number>();
    lanesOf.set(keyId, writers.set(writer, lanes.length));
  }
  return [...lanesOf]
    .map(([keyId, writers]) => ({ keyId, writers: writers.size, lanes: sum([...writers.values()]) }))
    .toSorted((a, b) => b.lanes - a.lanes)
    .slice(0, mostKeys);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
