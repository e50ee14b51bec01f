import type { Origin } from './origin.ts';
import type { SettingPath } from './setting-tree.ts';

/** One value that a layer sets. */
export interface Assignment {
  readonly path: SettingPath;
  readonly value: unknown;
  readonly origin: Origin;
}
