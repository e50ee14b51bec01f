import { join } from 'node:path';

/** Where a server keeps its state when `state` does not say: relative to the working directory. */
export function defaultStateDirectory(server: string): string {
  return join('.bucketcast', 'state', server);
}
