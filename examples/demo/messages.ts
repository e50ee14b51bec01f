/** What the demonstration hands to each server process as its only argument, in JSON. */
export interface ServerPlan {
  readonly server: string;
  readonly store: string;
  readonly state: string;
  /** Folder with the documents; absent: the demonstration's own. */
  readonly feeds?: string;
  readonly rounds: number;
}

/** From the demonstration to a server process. */
export type Order = 'publish' | 'stop';

/** From a server process to the demonstration. */
export type Report =
  | { readonly type: 'ready' }
  | {
      readonly type: 'sent';
      readonly id: string;
      readonly name: string;
      readonly bytes: number;
      readonly digest: string;
    }
  | { readonly type: 'received'; readonly id: string; readonly digest: string; readonly latencyMs: number }
  | { readonly type: 'dead-letter'; readonly message: string }
  | { readonly type: 'published' };
