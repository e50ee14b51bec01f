import type { Settings } from '../config/settings.ts';

/** One lane's claim on the budget of its subscription. */
export interface LaneDemand<Lane> {
  readonly lane: Lane;
  readonly head: number;
  /** Sequence numbers that may be fetched now, nearest first. */
  readonly wanted: readonly number[];
  /** Expected decoded size of its next segment, bytes. */
  readonly estimate: number;
}

/** What is taken already, bytes in memory and estimates of what is on its way. */
export interface Holdings {
  /** Heads of lanes, and what is being delivered. */
  readonly heads: number;
  /** Behind the heads. */
  readonly ahead: number;
  readonly fetches: number;
  readonly fetchesAhead: number;
}

export interface Budget {
  /** The subscription's share of `limits.bytesInFlight`. */
  readonly bytes: number;
  readonly fetches: number;
}

/** What each of so many subscriptions may take. */
export function shareOf(
  { bytesInFlight, requestsInFlight }: Settings['limits'],
  subscriptions: number,
): Budget {
  const count = Math.max(1, subscriptions);
  return { bytes: bytesInFlight / count, fetches: Math.max(2, Math.floor(requestsInFlight / count)) };
}

/** How many fetches may be added, of heads and of read-ahead, whatever their size. */
export function roomFor(held: Holdings, budget: Budget): { readonly heads: number; readonly ahead: number } {
  const heads = Math.max(0, budget.fetches - held.fetches);
  const ahead = Math.max(0, Math.ceil(budget.fetches / 2 - held.fetchesAhead));
  return { heads, ahead: Math.min(heads, ahead) };
}

export interface Pick<Lane> {
  readonly lane: Lane;
  readonly sequence: number;
}

/**
 * Which segments to fetch next. Every lane's head comes before anybody's read-ahead; read-ahead goes round
 * by distance from the head, so a long lane cannot crowd out a short one; `demands` come in the order in which lanes
 * were last served (`LaneTurns`), which makes the rounds fair. Read-ahead may hold half of the budget, so that a head always finds room in the other half
 * once deliveries have drained it. While no head is held or on its way, one may be fetched however large it is.
 */
export function planFetches<Lane>(
  demands: readonly LaneDemand<Lane>[],
  holdings: Holdings,
  budget: Budget,
): Pick<Lane>[] {
  const picks: Pick<Lane>[] = [];
  const used = { ...holdings };
  for (const { lane, head, wanted, estimate } of demands) {
    if (wanted[0] !== head || !fitsHead(used, estimate, budget)) continue;
    used.heads += estimate;
    used.fetches += 1;
    picks.push({ lane, sequence: head });
  }
  let open = demands.filter(({ head, wanted }) => wanted.some((sequence) => sequence !== head));
  for (let round = 0; open.length > 0; round += 1) {
    const still: LaneDemand<Lane>[] = [];
    for (const demand of open) {
      const sequence = demand.wanted[demand.wanted[0] === demand.head ? round + 1 : round];
      if (sequence === undefined) continue;
      if (!fitsAhead(used, demand.estimate, budget)) return picks;
      used.ahead += demand.estimate;
      used.fetches += 1;
      used.fetchesAhead += 1;
      picks.push({ lane: demand.lane, sequence });
      still.push(demand);
    }
    open = still;
  }
  return picks;
}

function fitsHead(used: Holdings, estimate: number, budget: Budget): boolean {
  if (used.heads === 0) return true;
  return used.fetches < budget.fetches && used.heads + used.ahead + estimate <= budget.bytes;
}

function fitsAhead(used: Holdings, estimate: number, budget: Budget): boolean {
  if (used.fetches >= budget.fetches || used.fetchesAhead >= budget.fetches / 2) return false;
  return used.ahead + estimate <= budget.bytes / 2 && used.heads + used.ahead + estimate <= budget.bytes;
}

/**
 * The next estimate after a segment of `actual` bytes: rises at once, sinks slowly, so memory is rarely underestimated.
 * Whole bytes.
 */
export function correctedEstimate(estimate: number, actual: number): number {
  return Math.max(actual, Math.ceil(estimate * 0.8 + actual * 0.2));
}
