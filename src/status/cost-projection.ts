import type { RequestTotals } from '../../metrics/store-requests.ts';
import { HOUR } from '../config/units.ts';

/** Requests and dollars, counted since some moment. */
export interface CountedCost {
  readonly requests: number;
  /** `undefined` where no prices are known. */
  readonly dollars: number | undefined;
}

/** Of the totals that a node keeps of its requests. */
export function countedCost({ count, dollars }: Pick<RequestTotals, 'count' | 'dollars'>): CountedCost {
  return { requests: count, dollars };
}

/** What an hour and a month would bring at this pace. */
export interface CostProjection {
  /** Length of the time that the pace was taken from. */
  readonly overMs: number;
  readonly requestsPerHour: number;
  readonly dollarsPerHour: number | null;
  readonly dollarsPerMonth: number | null;
}

/** A year's hours by twelve, as price lists reckon. */
const hoursPerMonth = 730;

/** What a projection takes for granted; shown beside it. */
export const projectionAssumptions = [
  'The pace stays as it was over the time looked at.',
  `A month has ${hoursPerMonth} hours.`,
  'Dollars are those of requests and of bytes received, by the price list in the settings: no storage, no free tier, no discounts.',
  'Only requests of this node are counted, each try by itself, since its start.',
] as const;

/** From the difference of two counts `overMs` apart; a count that went back, as after a restart, is taken from zero. */
export function projectCost(from: CountedCost, to: CountedCost, overMs: number): CostProjection {
  const perHour = (before: number, after: number) =>
    overMs > 0 ? ((after >= before ? after - before : after) / overMs) * HOUR : 0;
  const dollarsPerHour = to.dollars === undefined ? null : perHour(from.dollars ?? 0, to.dollars);
  return {
    overMs,
    requestsPerHour: perHour(from.requests, to.requests),
    dollarsPerHour,
    dollarsPerMonth: dollarsPerHour === null ? null : dollarsPerHour * hoursPerMonth,
  };
}
