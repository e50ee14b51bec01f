import { errorMessage } from '../base/error-message.ts';
import { BucketcastError } from '../base/errors.ts';
import type { Readiness } from '../http/served-node.ts';
import type { NodeSnapshot } from '../status/node-snapshot.ts';

/** Ready: in its fleet, and its last poll of the store was complete. */
export function readinessOf(
  node: Pick<NodeSnapshot, 'phase' | 'joinError' | 'reading' | 'store' | 'storeTrouble'>,
): Readiness {
  if (node.phase === 'stopping') return { ready: false, reason: 'the node is stopping' };
  if (node.phase === 'joining')
    return away(node.joinError ?? node.storeTrouble, `the node has not reached ${node.store} yet`);
  const poll = node.reading?.poll;
  const trouble = poll?.error ?? node.storeTrouble;
  if (trouble !== undefined) return away(trouble, '');
  if (poll?.agoMs === undefined) return { ready: false, reason: `the node has not polled ${node.store} yet` };
  return { ready: true };
}

function away(error: unknown, reason: string): Readiness {
  if (error === undefined) return { ready: false, reason };
  const hint = error instanceof BucketcastError ? error.hint : undefined;
  return { ready: false, reason: errorMessage(error), ...(hint !== undefined && { hint }) };
}
