import type { ObjectsPage } from '../log/object-reader.ts';
import type { Listed } from './lister.ts';

/** Who takes part in a listing from its beginning. A listing that fails has no end. */
export interface ListingReader {
  beginListing(): void;
  /** Returns how many versions of objects are new to it. Never throws. */
  hear(page: ObjectsPage): number;
  /** It was complete; resolves when what follows from that is done. `time`: the store's. Never rejects. */
  endListing(time: number): Promise<void>;
}

/**
 * Lists the whole prefix, in parts side by side, so that pages come in no order. Rejects when any part of it failed. An
 * `onPage` that returns a promise holds back the pages after it.
 */
export interface Lister {
  list(onPage: (page: ObjectsPage) => void | Promise<void>, signal: AbortSignal): Promise<Listed>;
}
