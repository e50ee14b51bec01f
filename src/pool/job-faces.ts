import type { SegmentFetcher } from '../log/segment-fetcher.ts';
import type { JobRunner } from './job.ts';

/** A runner as those see it who read the log. */
export function segmentFetcher(runner: JobRunner): SegmentFetcher {
  return { fetch: (task, signal) => runner.run('segment', task, signal) };
}
