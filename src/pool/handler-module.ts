import type { Update } from '../base/update.ts';

/** What a handler module is told beside the updates. */
export interface HandlerContext {
  /** The subscription's name; empty for one without. */
  readonly subscription: string;
  /** Which of the subscription's threads this is, from 0. */
  readonly thread: number;
  /** Aborted when nobody waits for this call any more. */
  readonly signal: AbortSignal;
  /**
   * Acknowledges everything handed over up to and including `upTo`; all of it without. It is durable shortly afterwards,
   * and by then none of it comes again.
   */
  readonly ack: (upTo?: Update) => void;
}

/** What `open` and `close` of a module are told. */
export type HandlerPlace = Pick<HandlerContext, 'subscription' | 'thread'>;

/**
 * The default export of a handler module: gets updates of one or several lanes, each lane in order, one call at a time in
 * each thread. Returning acknowledges them all, unless the subscription has `ack: 'explicit'`. A `PoisonError` makes a dead
 * letter of an update; any other error pauses the lanes of this call, and what is not acknowledged comes again.
 */
export type Handler = (updates: readonly Update[], context: HandlerContext) => void | Promise<void>;

/** What a handler module exports. */
export interface HandlerModule {
  readonly default: Handler;
  /** Called once in each thread, before its first updates; again with the next ones when it throws. */
  readonly open?: (place: HandlerPlace) => void | Promise<void>;
  /** Called in each thread when the subscription stops, unless a call is still under way. */
  readonly close?: (place: HandlerPlace) => void | Promise<void>;
}
