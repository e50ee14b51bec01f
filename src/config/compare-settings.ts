import { isDeepStrictEqual } from 'node:util';
import { isPlainObject } from './layer.ts';
import type { Settings } from './settings.ts';

/** Names of settings that differ (`limits.requestsInFlight`): what a running node takes over, and what it cannot. */
export interface SettingsChange {
  readonly live: readonly string[];
  readonly restart: readonly string[];
}

/** The one place that says so; the configuration reference marks these. */
const liveSettings = [/^limits\./, /^encryption\./, /^log\.level$/, /^stop\.timeoutMs$/];

/** Whether a running node takes the setting over when it reads its settings again. */
export function isLiveSetting(path: string): boolean {
  return liveSettings.some((pattern) => pattern.test(path));
}

/** Names only, never values: some are secret. An entry of a table has a name of its own, a list is compared whole. */
export function compareSettings(before: Settings, after: Settings): SettingsChange {
  const changed = differences(before, after, []);
  return {
    live: changed.filter(isLiveSetting),
    restart: changed.filter((path) => !isLiveSetting(path)),
  };
}

function differences(before: unknown, after: unknown, path: readonly string[]): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isPlainObject(before) || !isPlainObject(after)) return [path.join('.')];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => differences(before[name], after[name], [...path, name]));
}
