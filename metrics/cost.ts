import { Counter, type Registry } from 'prom-client';
import type { StoreOperation } from './store-operations.ts';

/** What a store's requests cost, as far as a node can know: storage and taxes are not part of it. */
export interface RequestPrices {
  /** Of the list, `none` where nothing is known. */
  readonly name: string;
  /** Dollars for a million requests. */
  readonly perMillion: Readonly<Record<StoreOperation, number>>;
  /** Dollars for 10^9 bytes received. */
  readonly downloadPerGB: number;
}

export const noPrices: RequestPrices = {
  name: 'none',
  perMillion: { get: 0, head: 0, put: 0, list: 0, delete: 0, delete_many: 0 },
  downloadPerGB: 0,
};

/** By what is charged for. */
export type Charges = Readonly<Record<StoreOperation | 'download', number>>;

/** `receivedBytes`: bodies only, so a little less than a store counts. */
export function dollars(
  prices: RequestPrices,
  requests: Readonly<Record<StoreOperation, number>>,
  receivedBytes: number,
): Charges {
  const operations = Object.entries(requests).map(([operation, count]) => [
    operation,
    (count * prices.perMillion[operation as StoreOperation]) / 1e6,
  ]);
  const download = (receivedBytes * prices.downloadPerGB) / 1e9;
  return { ...(Object.fromEntries(operations) as Record<StoreOperation, number>), download };
}

/** Computed at each scrape from what was counted anyway. */
export function registerCost(registry: Registry, prices: RequestPrices, charges: () => Charges): Counter {
  return new Counter({
    name: 'bucketcast_store_cost_dollars_total',
    help: 'Dollars for requests and downloads so far, by the price list named; storage is not part of it.',
    labelNames: ['charge', 'prices'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [charge, amount] of Object.entries(charges()))
        this.inc({ charge, prices: prices.name }, amount);
    },
  });
}
