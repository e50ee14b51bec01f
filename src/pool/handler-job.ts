import type { MessagePort } from 'node:worker_threads';
import type { HandlerFailure } from './handler-failure.ts';
import type { HandlerPlace } from './handler-module.ts';
import type { LentUpdates } from './lent-updates.ts';

/** The first that a handler's thread is told. */
export interface HandlerSetup extends HandlerPlace {
  /** URL of the module. */
  readonly module: string;
  /** Where `HandlerAck`s go. */
  readonly acks: MessagePort;
}

/** Why a module cannot be a handler; absent when it can. */
export type HandlerProblem = string | undefined;

export interface HandlerCall {
  readonly call: number;
  readonly lent: LentUpdates;
}

/** What came of a call. */
export interface HandlerReply {
  /** The first so many of its updates are acknowledged by `ack`. */
  readonly acknowledged: number;
  readonly failure?: HandlerFailure;
}

/** While a call is under way, or after it with explicit acknowledgement. */
export interface HandlerAck {
  readonly call: number;
  readonly acknowledged: number;
}
