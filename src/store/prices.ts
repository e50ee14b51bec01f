import { noPrices, type RequestPrices } from '../../metrics/cost.ts';
import type { Settings } from '../config/settings.ts';
import { type PresetName, presetOf, presets } from './presets.ts';
import { parseStoreUrl } from './store-url.ts';

type ListName = NonNullable<Settings['prices']['list']>;

/**
 * The vendors' list prices in dollars, for the storage class that a new bucket has, before any free allowance, discount
 * or tax. Read in November 2026: Backblaze's and GCS's on the
 * pages named, AWS's and R2's where others quote them. Prices change, and differ from region to region: who needs them
 * exactly sets their own (`prices.writePerMillion` …).
 */
const lists = {
  /**
   * aws.amazon.com/s3/pricing, S3 Standard in US East (N. Virginia): $0.005 for 1,000 PUT, COPY, POST and LIST, $0.0004 for
   * 1,000 others; DELETE is free; data transfer out to the internet $0.09/GB in the first tier, free within the region.
   */
  aws: priceList('aws', { put: 5, list: 5, get: 0.4, head: 0.4 }, 0.09),
  /** developers.cloudflare.com/r2/pricing: class A $4.50 and class B $0.36 a million; deletes and egress are free. */
  r2: priceList('r2', { put: 4.5, list: 4.5, get: 0.36, head: 0.36 }, 0),
  /**
   * www.backblaze.com/cloud-storage/transaction-pricing: uploads and deletes (class A) are free, class B (GET, HEAD) $0.004
   * for 10,000, class C (LIST) $0.004 for 1,000; download $0.01/GB.
   */
  backblaze: priceList('backblaze', { put: 0, list: 4, get: 0.4, head: 0.4 }, 0.01),
  /**
   * cloud.google.com/storage/pricing-examples: standard storage in a region, class A $0.005 and class B $0.0004 for 1,000;
   * deletes are free; transfer to the internet $0.12/GB in the first tier.
   */
  gcs: priceList('gcs', { put: 5, list: 5, get: 0.4, head: 0.4 }, 0.12),
  none: noPrices,
} as const satisfies Record<ListName, RequestPrices>;

/** The list of `settings.prices`, else of the store's preset, with whatever the settings override. */
export function pricesFor({ prices, store }: Pick<Settings, 'prices' | 'store'>): RequestPrices {
  const list: RequestPrices = lists[prices.list ?? listOfStore(store.url)];
  const { writePerMillion, readPerMillion, deletePerMillion, downloadPerGB } = prices;
  const own = [writePerMillion, readPerMillion, deletePerMillion, downloadPerGB];
  if (own.every((price) => price === undefined)) return list;
  const { put, list: listing, get, head, delete: drop, delete_many: dropMany } = list.perMillion;
  return {
    name: 'custom',
    perMillion: {
      put: writePerMillion ?? put,
      list: writePerMillion ?? listing,
      get: readPerMillion ?? get,
      head: readPerMillion ?? head,
      delete: deletePerMillion ?? drop,
      delete_many: deletePerMillion ?? dropMany,
    },
    downloadPerGB: downloadPerGB ?? list.downloadPerGB,
  };
}

function priceList(
  name: ListName,
  perMillion: Pick<RequestPrices['perMillion'], 'put' | 'list' | 'get' | 'head'>,
  downloadPerGB: number,
): RequestPrices {
  return { name, perMillion: { ...perMillion, delete: 0, delete_many: 0 }, downloadPerGB };
}

/** A store on one's own machines asks nothing for a request. */
function listOfStore(url: string): ListName {
  const location = parseStoreUrl(url);
  if (location.driver !== 's3') return 'none';
  const preset = (Object.keys(presets) as PresetName[]).find((name) => presetOf(name) === location.preset);
  return preset !== undefined && Object.hasOwn(lists, preset) ? (preset as ListName) : 'none';
}
