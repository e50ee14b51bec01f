import { isDeepStrictEqual } from 'node:util';
import { isPlainObject } from './layer.ts';
import type { Settings } from './settings.ts';

/** Names of settings that differ (`limits.requestsInFlight`): what a running node takes over, and what it cannot. */
export interface SettingsChange {
  readonly live: readonly string[];
  readonly restart: readonly string[];
}

const liveSettings = [/^limits\./, /^log\.level$/, /^stop\.timeoutMs$/];

export function compareSettings(before: Settings, after: Settings): SettingsChange {
  const changed = differences(before, after, []);
  const isLive = (path: string) => liveSettings.some((pattern) => pattern.test(path));
  return { live: changed.filter(isLive), restart: changed.filter((path) => !isLive(path)) };
}

function differences(before: unknown, after: unknown, path: readonly string[]): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isPlainObject(before) || !isPlainObject(after)) return [path.join('.')];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) => differences(before[name], after[name], [...path, name]));
}
