/** What one run of a contender took. */
export interface Measurement {
  /** Wall time of the measured span. */
  readonly seconds: number;
  /** How much was done in it: updates, objects, requests; the bench fails when it is not what the contender was to do. */
  readonly count: number;
  /** User and system time: of the measured span, or of the whole process tree, as the contender says. */
  readonly cpuSeconds?: number;
  /** Highest resident memory of the process, MiB, start-up included. */
  readonly rssMiB?: number;
  /** Whatever else the bench shows: `{ requests: 12, p99Ms: 1040 }`. */
  readonly extra?: Readonly<Record<string, number>>;
}

/** A number of a measurement that becomes a column of the table. */
export interface Column {
  readonly title: string;
  /** NaN shows as "–". */
  readonly of: (measurement: Measurement) => number;
  readonly digits?: number;
  /** Adds a column with the ratio to the group's base, or to the contender of this name. */
  readonly ratio?: boolean | string;
}

/** How much of it a second, with its ratio. */
export function rate(units: string): Column {
  return { title: `${units}/s`, of: ({ count, seconds }) => count / seconds, digits: 0, ratio: true };
}

export const seconds: Column = { title: 's', of: (measurement) => measurement.seconds, digits: 2 };

/** Client CPU for one of it, microseconds, with its ratio. */
export function cpuEach(unit: string): Column {
  return {
    title: `CPU µs/${unit}`,
    of: ({ cpuSeconds = Number.NaN, count }) => (cpuSeconds * 1e6) / count,
    digits: 1,
    ratio: true,
  };
}

export const rss: Column = { title: 'RSS MiB', of: ({ rssMiB = Number.NaN }) => rssMiB, digits: 0 };

/** A number of `extra` by its name. */
export function extra(title: string, name: string, options: Pick<Column, 'digits' | 'ratio'> = {}): Column {
  return { title, of: (measurement) => measurement.extra?.[name] ?? Number.NaN, digits: 1, ...options };
}
