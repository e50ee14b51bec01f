import { errorMessage } from '../base/error-message.ts';
import { isBucketcastError } from '../base/errors.ts';
import type { PollSnapshot } from '../coordinate/coordinator-snapshot.ts';
import type { NodeSnapshot } from './node-snapshot.ts';

/** Whether a node can do its work just now, and why not. */
export type Readiness =
  | { readonly ready: true }
  | { readonly ready: false; readonly reason: string; readonly hint?: string };

/** Of a snapshot no more than is needed: probes come often, from anybody, and must cost next to nothing. */
export interface ReadinessFacts extends Pick<NodeSnapshot, 'phase' | 'joinError' | 'store' | 'storeTrouble'> {
  /** Absent before the fleet is joined. */
  readonly poll?: Pick<PollSnapshot, 'agoMs' | 'error'> | undefined;
}

/** Ready: in its fleet, and its last poll of the store was complete. Pure. */
export function readinessOf({ phase, joinError, store, storeTrouble, poll }: ReadinessFacts): Readiness {
  if (phase === 'stopping') return { ready: false, reason: 'the node is stopping' };
  if (phase === 'joining') return away(joinError ?? storeTrouble, `the node has not reached ${store} yet`);
  const trouble = poll?.error ?? storeTrouble;
  if (trouble !== undefined) return away(trouble, '');
  if (poll?.agoMs === undefined) return { ready: false, reason: `the node has not polled ${store} yet` };
  return { ready: true };
}

function away(error: unknown, reason: string): Readiness {
  if (error === undefined) return { ready: false, reason };
  const hint = isBucketcastError(error) ? error.hint : undefined;
  return { ready: false, reason: errorMessage(error), ...(hint !== undefined && { hint }) };
}
