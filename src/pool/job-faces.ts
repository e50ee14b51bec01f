import type { ObjectReader } from '../log/object-reader.ts';
import type { SegmentFetcher } from '../log/segment-fetcher.ts';
import type { JobRunner } from './job.ts';

/** A runner as those see it who read the log. */
export function segmentFetcher(runner: JobRunner): SegmentFetcher {
  return { fetch: (task, signal) => runner.run('segment', task, signal) };
}

/** A runner as those see it who read the objects layout. */
export function objectReader(runner: JobRunner): ObjectReader {
  return {
    list: (task, { signal } = {}) => runner.run('page', task, signal),
    fetch: (task, { signal } = {}) => runner.run('object', task, signal),
  };
}
