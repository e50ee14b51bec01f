import { type MessagePort, workerData } from 'node:worker_threads';
import type { FleetKeys } from '../src/log/fleet-keys.ts';
import type { Job, PoolWorkerData } from '../src/pool/job.ts';
import { JobService } from '../src/pool/job-service.ts';
import { movableReply } from '../src/pool/movable-reply.ts';

/** Entry point of the threads of a `Pool`: Piscina calls what is exported. */
const service = new JobService(workerData as PoolWorkerData);

export async function run(job: Job): Promise<unknown> {
  return movableReply(job.kind, await service.run(job));
}

export function abort(id: number): void {
  service.abort(id);
}

export function rekey(keys: FleetKeys): void {
  service.rekey(keys);
}

/** Objects come and go by a line of their own. */
export function objects(port: MessagePort): void {
  service.objects(port);
}
