import { laneKey } from '../log/keys.ts';
import type { ObjectTask } from '../log/object-reader.ts';
import type { Answer, JobKind, Task } from './job.ts';

/** What the pool has to know of a kind of job. */
export interface JobRules<K extends JobKind> {
  /** What goes to one thread, by name. */
  shard(task: Task<K>): string;
  /** Requests that it took beside the one that was admitted. */
  more(answer: Answer<K>): number;
  /** Bytes that came over the wire; undefined where the answer does not tell. */
  received(answer: Answer<K>): number | undefined;
  /** Bytes of updates that were opened. */
  decoded(answer: Answer<K>): number | undefined;
  /** What may change hands between threads instead of being copied. */
  buffers(answer: Answer<K>): readonly ArrayBufferView[];
}

export const jobRules: { readonly [K in JobKind]: JobRules<K> } = {
  segment: {
    shard: laneKey,
    more: ({ gets = 1 }) => gets - 1,
    received: (outcome) => {
      if (outcome.status === 'fetched') return outcome.segment.storedBytes;
      return outcome.status === 'corrupt' ? outcome.bytes.byteLength : 0;
    },
    decoded: (outcome) => (outcome.status === 'fetched' ? outcome.segment.bytes.byteLength : undefined),
    buffers: (outcome) => {
      if (outcome.status === 'fetched') return [outcome.segment.bytes, outcome.segment.offsets];
      return outcome.status === 'corrupt' ? [outcome.bytes] : [];
    },
  },
  object: {
    shard: sliceOf,
    more: () => 0,
    // A record is about as long as the body that it was made of.
    received: (outcome) => {
      if (outcome.status === 'fetched') return outcome.record.byteLength;
      return outcome.status === 'corrupt' ? outcome.bytes.byteLength : 0;
    },
    decoded: (outcome) => (outcome.status === 'fetched' ? outcome.record.byteLength : undefined),
    buffers: (outcome) => {
      if (outcome.status === 'fetched') return [outcome.record];
      return outcome.status === 'corrupt' ? [outcome.bytes] : [];
    },
  },
  page: {
    // All pages of a range have the same end.
    shard: ({ prefix, until }) => (until === undefined ? `${prefix}*` : `..${until}`),
    more: () => 0,
    received: () => undefined,
    decoded: () => undefined,
    buffers: ({ digests, sizes, lastModified }) => [digests, sizes, lastModified],
  },
};

/** Enough to spread evenly over the threads, and few enough to be looked at. */
const slices = 64;

/** Objects are in no order, so any even division will do: by the first bits of their digests. */
function sliceOf({ digest }: ObjectTask): string {
  return `objects/${Number.parseInt(digest.slice(0, 2), 16) % slices}`;
}
