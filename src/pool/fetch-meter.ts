import type { Metrics } from '../../metrics/registry.ts';
import type { RequestMeter } from '../../metrics/store-requests.ts';

/** What counts the work of threads, which they report with their replies. */
export interface FetchMeter extends RequestMeter {
  /** A segment was opened; the size of its updates. */
  decoded(bytes: number): void;
  /** The longest that a thread's event loop was late since its last reply. */
  threadLate(ms: number): void;
}

export function fetchMeter({ store, traffic, runtime }: Metrics): FetchMeter {
  return {
    observe: (request) => store.observe(request),
    decoded: (bytes) => traffic.decoded(bytes),
    threadLate: (ms) => runtime.threadLate(ms),
  };
}
