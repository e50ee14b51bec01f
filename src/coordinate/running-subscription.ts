import type { Subscription } from './subscription.ts';

/** What whoever subscribed holds: of one layout, or of both together. */
export type RunningSubscription = Pick<Subscription, 'name' | 'ended' | 'stop' | typeof Symbol.asyncDispose>;
