import type { Settings } from '../../src/config/settings.ts';

/** What those are told who list all keys below a prefix. */
export interface ListPlan {
  readonly store: Settings['store'];
  readonly prefix: string;
}
