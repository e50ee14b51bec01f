import { MINUTE } from '../../src/config/units.ts';
import type { Contender } from './contender.ts';
import type { Measurement } from './measurement.ts';

const longestMs = 30 * MINUTE;

/** A contender and its measurements, one a round. */
export interface Result {
  readonly contender: Contender;
  readonly measurements: readonly Measurement[];
}

/**
 * Lets the contenders run in turn, so that what slows the machine down meets all of them, and begins each round with another one.
 * Throws when one fails, or has not done what it was to do.
 */
export async function runRounds(
  contenders: readonly Contender[],
  rounds: number,
  { signal, say }: { readonly signal: AbortSignal; readonly say: (line: string) => void },
): Promise<Result[]> {
  const results = contenders.map((contender) => ({ contender, measurements: [] as Measurement[] }));
  for (let round = 0; round < rounds; round++) {
    for (const { contender, measurements } of rotated(results, round)) {
      say(`round ${round + 1} of ${rounds}: ${contender.name}`);
      measurements.push(await runOnce(contender, signal));
    }
  }
  return results;
}

/** One run; throws when it fails, takes for ever, or has not done what it was to do. */
export async function runOnce(contender: Contender, signal: AbortSignal): Promise<Measurement> {
  const { name, count } = contender;
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(new Error(`${name} has not ended within half an hour`)),
    longestMs,
  );
  try {
    const measurement = await contender.measure(AbortSignal.any([signal, late.signal]));
    if (measurement.count === count) return measurement;
    throw new Error(`${name} was to do ${count} and did ${measurement.count}`);
  } finally {
    clearTimeout(timer);
  }
}

function rotated<Value>(values: readonly Value[], by: number): Value[] {
  const start = by % Math.max(1, values.length);
  return [...values.slice(start), ...values.slice(0, start)];
}
