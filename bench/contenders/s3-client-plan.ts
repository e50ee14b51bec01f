import type { Settings } from '../../src/config/settings.ts';

/** What a contender of the bench of S3 clients is told. */
export interface S3ClientPlan {
  readonly store: Settings['store'];
  /** `unread` is `raw` without a look at the body. */
  readonly client: 'lean' | 'sdk' | 'raw' | 'unread';
  readonly operation: 'get' | 'put' | 'list';
  readonly count: number;
}

export const smallObject = new Uint8Array(1024).fill(0x78);
/** The object that is read, and the one that is written; the listing is of what lies below `feed-updates/`. */
export const smallKey = 'small/a.json';
export const listPrefix = 'feed-updates/';
