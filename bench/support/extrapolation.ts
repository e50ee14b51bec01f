import type { Contender } from './contender.ts';
import type { Measurement } from './measurement.ts';

/**
 * A contender, and a row that nobody ran: as if it had done `factor` times as much, each time from the newest measurement. For
 * work that grows with its amount and would take too long; the name of the row says so.
 */
export function withExtrapolation(contender: Contender, name: string, factor: number): Contender[] {
  let newest: Measurement | undefined;
  const measure = async (signal: AbortSignal) => {
    newest = await contender.measure(signal);
    return newest;
  };
  return [
    { ...contender, measure },
    {
      ...contender,
      name: `${name}, extrapolated`,
      count: contender.count * factor,
      measure: async (signal) => times(newest ?? (await measure(signal)), factor),
    },
  ];
}

function times({ seconds, count, cpuSeconds }: Measurement, factor: number): Measurement {
  return {
    seconds: seconds * factor,
    count: count * factor,
    ...(cpuSeconds !== undefined && { cpuSeconds: cpuSeconds * factor }),
  };
}
