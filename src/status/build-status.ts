import type { NodeSnapshot } from './node-snapshot.ts';
import type { Status } from './status.ts';

/** What an operator wants to know of a node. */
export function buildStatus({ server, version }: NodeSnapshot): Status {
  return { server, version, problems: [] };
}
