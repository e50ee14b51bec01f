import type { FetchMeter } from './fetch-meter.ts';
import type { Answer, JobKind, JobRunner, Task } from './job.ts';
import { jobRules } from './job-rules.ts';

/** Counts what was opened in this thread, as the pool does for its own. */
export class CountingRunner implements JobRunner {
  readonly #inner: JobRunner;
  readonly #meter: Pick<FetchMeter, 'decoded'>;

  constructor(inner: JobRunner, meter: Pick<FetchMeter, 'decoded'>) {
    this.#inner = inner;
    this.#meter = meter;
  }

  async run<K extends JobKind>(kind: K, task: Task<K>, signal?: AbortSignal): Promise<Answer<K>> {
    const answer = await this.#inner.run(kind, task, signal);
    const bytes = jobRules[kind].decoded(answer);
    if (bytes !== undefined) this.#meter.decoded(bytes);
    return answer;
  }
}
