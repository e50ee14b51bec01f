import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';
import type { Limiter } from '../store/limiter.ts';
import { retrying } from '../store/retrying.ts';
import type { Answer, JobKind, JobRunner, Task } from './job.ts';
import { jobRules } from './job-rules.ts';

export interface LimitedRunnerOptions {
  readonly retry: Settings['retry'];
  readonly limiter: Limiter;
  readonly clock: Clock;
  readonly random: Random;
  /** Where a try waits before it asks the limiter, so that it holds no admission meanwhile. Default: nowhere. */
  readonly queue?: JobQueue;
}

export type JobQueue = <K extends JobKind>(
  kind: K,
  task: Task<K>,
  /** Makes the try, by `runner` where one is given. */
  run: (runner?: JobRunner) => Promise<Answer<K>>,
  signal: AbortSignal | undefined,
) => Promise<Answer<K>>;

const noQueue: JobQueue = (_kind, _task, run) => run();

/**
 * Tries failed jobs again and has every try admitted by the host's limiter, after polls and writes. What is
 * inside makes one try: a `DirectRunner` over metered stores, or a thread of the `Pool`.
 *
 * Pages of a listing are reads, too, though LISTs of `tips/` go before everything: a million objects are a thousand pages,
 * which must hold up neither polls of tips nor publishing.
 */
export class LimitedRunner implements JobRunner {
  readonly #inner: JobRunner;
  readonly #options: LimitedRunnerOptions;

  constructor(inner: JobRunner, options: LimitedRunnerOptions) {
    this.#inner = inner;
    this.#options = options;
  }

  run<K extends JobKind>(kind: K, task: Task<K>, signal?: AbortSignal): Promise<Answer<K>> {
    const { retry: settings, clock, random, queue = noQueue } = this.#options;
    const attempt = (runner = this.#inner) => this.#try(runner, kind, task, signal);
    return retrying(() => queue(kind, task, attempt, signal), { settings, clock, random, signal });
  }

  #try<K extends JobKind>(
    runner: JobRunner,
    kind: K,
    task: Task<K>,
    signal: AbortSignal | undefined,
  ): Promise<Answer<K>> {
    const { limiter } = this.#options;
    const run = async () => {
      const answer = await runner.run(kind, task, signal);
      limiter.alsoMade(jobRules[kind].more(answer));
      const bytes = jobRules[kind].received(answer);
      if (bytes !== undefined) limiter.received(bytes);
      return answer;
    };
    return limiter.admit({ priority: 'read' }, run, signal);
  }
}
