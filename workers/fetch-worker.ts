import { workerData } from 'node:worker_threads';
import type { FetchJob, FetchWorkerData } from '../src/pool/fetch-job.ts';
import { FetchService } from '../src/pool/fetch-service.ts';
import { movableReply } from '../src/pool/movable-reply.ts';

/** Entry point of the threads of `PooledFetcher`; each export is a kind of job. */
const service = new FetchService(workerData as FetchWorkerData);

export async function fetch(job: FetchJob): Promise<unknown> {
  return movableReply(await service.fetch(job));
}

export function abort(id: number): void {
  service.abort(id);
}
