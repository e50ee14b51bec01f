import { allSettings } from './setting-tree.ts';

/** What is longer is no slip of any name; comparing it would take seconds where somebody sends megabytes. */
const longestSlip = 100;

/** The name most like `given`, when it is near enough to be a slip. Case does not count. */
export function nearest(given: string, names: readonly string[]): string | undefined {
  if (given.length > longestSlip) return undefined;
  const ranked = names
    .map((name) => ({ name, distance: editDistance(given.toLowerCase(), name.toLowerCase()) }))
    .toSorted((a, b) => a.distance - b.distance);
  const best = ranked[0];
  const allowed = Math.max(1, Math.floor(given.length / 3));
  return best && best.distance <= allowed ? best.name : undefined;
}

/** Full path of a setting that has this name in another section. */
export function elsewhere(name: string): string | undefined {
  const found = allSettings.find(({ path }) => path.at(-1)?.toLowerCase() === name.toLowerCase());
  return found?.path.join('.');
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        (last[column] as number) + 1,
        (current[column - 1] as number) + 1,
        (last[column - 1] as number) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, (beforeLast[column - 2] as number) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] as number;
}
