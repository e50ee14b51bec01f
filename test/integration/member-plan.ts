import type { SettingsInput } from '../../src/config/settings.ts';

/** What a member process is started with, as JSON in its first argument. */
export interface MemberPlan {
  /** Unique in a test, and the name of its readers in the ledger; several members may be one `server`. */
  readonly name: string;
  readonly server: string;
  readonly stateDirectory: string;
  readonly ledgerFile: string;
  /** Counts the processes of a member, from 1. */
  readonly session: number;
  readonly settings: SettingsInput;
  /** Where its subscription begins. Default `earliest`. */
  readonly from?: string;
  /** How far its wall clock is ahead. */
  readonly clockOffsetMs?: number;
  /** Time the handler takes for a batch, ms: gives a kill something to interrupt. */
  readonly handlerMs?: number;
  /** Most updates handed over at once. Default 50. */
  readonly maxBatch?: number;
  readonly death?: Death;
}

/**
 * The process kills itself (SIGKILL) between a segment's PUT and its tip's: the first tip goes out, no other one does,
 * and after so many acknowledged segment PUTs it dies, before or after the node has heard of the last one.
 */
export interface Death {
  readonly segments: number;
  readonly heard: boolean;
}

export type MemberCommand =
  /** Resolves when every call is answered. `concurrency`: calls under way at once; default: all of them. */
  | {
      readonly do: 'publish';
      readonly prefix: string;
      readonly count: number;
      readonly bytes?: number;
      readonly concurrency?: number;
    }
  /** Every file of the directory as it is; resolves with their number. */
  | { readonly do: 'publish-files'; readonly directory: string }
  /** Publishes without end, `concurrency` calls at once, until `end-load`, which resolves with their number. */
  | { readonly do: 'load'; readonly prefix: string; readonly concurrency: number; readonly bytes?: number }
  | { readonly do: 'end-load' }
  | { readonly do: 'flush' }
  | { readonly do: 'wait-idle' }
  | { readonly do: 'poll' }
  | { readonly do: 'snapshot' }
  | { readonly do: 'metrics' }
  /** Ends one worker thread from outside. */
  | { readonly do: 'kill-thread' }
  | { readonly do: 'stop' };

export interface MemberRequest {
  readonly id: number;
  readonly command: MemberCommand;
}

export type MemberReport =
  | { readonly type: 'ready' }
  | { readonly type: 'done'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly message: string }
  | { readonly type: 'event'; readonly name: string; readonly facts: unknown }
  | ({ readonly type: 'progress' } & Progress);

export interface Progress {
  /** Updates that this process has handed over, and that it has published. */
  readonly delivered: number;
  readonly durable: number;
  /** Requests that its limiter allows at once just now. */
  readonly concurrency: number;
}
