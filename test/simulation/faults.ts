import type { SeededRandom } from '../support/seeded-random.ts';

/** How bad one simulated store is. Chances are per request; times are milliseconds. */
export interface Faults {
  /** The request never arrives. */
  readonly lost: number;
  /** It is carried out, but the answer never arrives. */
  readonly replyLost: number;
  /** It is given up by its sender, and carried out long after. */
  readonly zombie: number;
  /** It is carried out a second time later. */
  readonly twice: number;
  readonly throttled: number;
  /** A definite 403. */
  readonly refused: number;
  readonly slow: number;
  /** A GET of a segment brings flipped bits; of one segment at most twice in a process. */
  readonly garbled: number;
  readonly zombieMs: number;
  readonly listLagMs: number;
  /** Smaller pages than asked for, so that listings are spread over time. */
  readonly pageLimit: number;
  readonly honoursConditions: boolean;
  readonly timeoutMs: number;
}

export const noFaults: Faults = {
  lost: 0,
  replyLost: 0,
  zombie: 0,
  twice: 0,
  throttled: 0,
  refused: 0,
  slow: 0,
  garbled: 0,
  zombieMs: 0,
  listLagMs: 0,
  pageLimit: 1000,
  honoursConditions: true,
  timeoutMs: 5000,
};

/** Each seed gets its own mix, many of them with only a few kinds of trouble. */
export function drawFaults(random: SeededRandom): Faults {
  const rate = (high: number) => (random.chance(0.5) ? 0 : random.float() * high);
  return {
    lost: rate(0.08),
    replyLost: rate(0.08),
    zombie: rate(0.06),
    twice: rate(0.1),
    throttled: rate(0.1),
    refused: random.chance(0.25) ? random.float() * 0.02 : 0,
    slow: rate(0.05),
    garbled: rate(0.15),
    zombieMs: random.pick([10_000, 60_000, 300_000]),
    listLagMs: random.pick([0, 0, 500, 5_000, 30_000]),
    pageLimit: random.pick([1000, 1000, 2, 3]),
    honoursConditions: random.chance(0.8),
    timeoutMs: 5000,
  };
}
