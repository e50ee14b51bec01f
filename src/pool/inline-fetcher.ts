import type { InlineSegments } from '../hints/inline-segments.ts';
import type { FleetKeys } from '../log/fleet-keys.ts';
import { decodeSegment } from '../log/segment-codec.ts';
import type { SegmentFetcher, SegmentOutcome, SegmentTask } from '../log/segment-fetcher.ts';

export interface InlineFetcherParts {
  readonly inline: InlineSegments;
  readonly fleetId: string;
  readonly keys: FleetKeys;
  /** `read.maxSegmentBytes` */
  readonly maxSegmentBytes: number;
  /** Ms since the epoch. */
  readonly storeTime: () => number;
  readonly observe: (inline: 'served' | 'refused') => void;
}

/**
 * Serves segments that came inside hints without a GET, after the checks that any other passes, and only where a seal shows who made
 * them. Whatever is wrong with one is no fault of the bucket: it is fetched from there. They are small: this thread decodes them.
 */
export class InlineFetcher implements SegmentFetcher {
  readonly #fetcher: SegmentFetcher;
  readonly #parts: InlineFetcherParts;

  constructor(fetcher: SegmentFetcher, parts: InlineFetcherParts) {
    this.#fetcher = fetcher;
    this.#parts = parts;
  }

  async fetch(task: SegmentTask, signal?: AbortSignal): Promise<SegmentOutcome> {
    return this.#inline(task) ?? this.#fetcher.fetch(task, signal);
  }

  #inline(task: SegmentTask): SegmentOutcome | undefined {
    const { inline, fleetId, keys, maxSegmentBytes: maxBytes, storeTime, observe } = this.#parts;
    const stored = inline.get(task.key);
    if (stored === undefined) return undefined;
    try {
      const segment = decodeSegment(stored, { ...task, fleetId, keys, maxBytes });
      if (segment.header.keyId !== undefined) {
        observe('served');
        return { status: 'fetched', segment, time: storeTime() };
      }
    } catch {
      // Told by the count.
    }
    inline.drop(task.key);
    observe('refused');
    return undefined;
  }
}
