import { noPace, type SinkPace } from './sink-pace.ts';
import type { SinkStatus } from './why-waiting.ts';

/** What several runners of one sink come to together. Pure. */
export function joinedPace(paces: readonly SinkPace[]): SinkPace {
  return paces.reduce(
    (one, other) => ({
      delivered: one.delivered + other.delivered,
      lastAt: latest(one.lastAt, other.lastAt),
      recentMs: one.recentMs + other.recentMs,
      recentUpdates: one.recentUpdates + other.recentUpdates,
    }),
    noPace,
  );
}

export interface RunnerStatus {
  readonly status: SinkStatus;
  /** Lanes of its batch, by `laneKey`. */
  readonly lanes: ReadonlySet<string>;
}

/** Lanes that are told by name. */
const lanesTold = 5;

/**
 * Of the runner that an operator has to know of first: one that fails, and of those the one that has for longest; else
 * the one whose call has taken longest; else one that waits for an acknowledgement. `updates` are those of all that do the same.
 */
export function joinedStatus(all: readonly RunnerStatus[]): SinkStatus {
  const statuses = all.map(({ status }) => status);
  const [first, ...others] = statuses as [SinkStatus, ...SinkStatus[]];
  if (others.length === 0) return first;
  const worst = others.reduce((one, other) => (isWorse(other, one) ? other : one), first);
  const { phase } = worst;
  const alike = statuses.filter((status) => status.phase === phase);
  const updates = alike.reduce((sum, status) => sum + status.updates, 0);
  const since = phase === 'idle' ? statuses.reduce(lastOf, undefined as number | undefined) : worst.since;
  const failing = all.filter(({ status }) => status.failures > 0);
  const lanes = failing.flatMap((runner) => [...runner.lanes]).slice(0, lanesTold);
  return { ...worst, updates, since, ...(lanes.length > 0 && { lanes }) };
}

const ranks: Readonly<Record<SinkStatus['phase'], number>> = {
  idle: 0,
  acknowledgement: 1,
  delivering: 2,
  paused: 3,
};

function isWorse(one: SinkStatus, other: SinkStatus): boolean {
  const [isFailing, wasFailing] = [one.failures > 0, other.failures > 0];
  if (isFailing !== wasFailing) return isFailing;
  if (isFailing) return one.failingSince < other.failingSince;
  if (one.phase !== other.phase) return ranks[one.phase] > ranks[other.phase];
  return (one.since ?? 0) < (other.since ?? 0);
}

function lastOf(last: number | undefined, { since }: SinkStatus): number | undefined {
  return latest(last, since);
}

function latest(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined ? other : other === undefined ? one : Math.max(one, other);
}
