import { matchesGlob } from 'node:path/posix';
import { isPlainObject, type Layer, layerOf } from './layer.ts';
import type { Origin } from './origin.ts';
import type { SettingPath } from './setting-tree.ts';
import type { SettingProblem } from './settings-errors.ts';

/** One entry of `hosts:`: settings for the hosts whose name matches. */
export interface HostEntry {
  readonly match: string;
  readonly layer: Layer;
}

interface HostEntries {
  readonly hosts: readonly HostEntry[];
  readonly problems: readonly SettingProblem[];
}

/**
 * `hosts:` is a list of `{match: GLOB, …settings}`, or a table `GLOB: {…settings}`; both apply from top to bottom, so
 * that a later entry wins.
 */
export function hostEntries(hosts: unknown, originOf: (path: SettingPath) => Origin): HostEntries {
  if (hosts === undefined || hosts === null) return { hosts: [], problems: [] };
  if (!Array.isArray(hosts) && !isPlainObject(hosts)) {
    return {
      hosts: [],
      problems: [{ path: ['hosts'], message: 'expected a list or a table', origin: originOf(['hosts']) }],
    };
  }
  const read = Array.isArray(hosts)
    ? hosts.map((entry, index) => listed(entry, ['hosts', index], originOf))
    : Object.entries(hosts).map(([match, entry]) => tabled(match, entry, ['hosts', match], originOf));
  return {
    hosts: read.filter((entry) => 'layer' in entry),
    problems: read.filter((entry) => 'message' in entry),
  };
}

/** Whether a pattern (`*`, `?`, `[…]`, `{a,b}`) is meant for this host, by its host name or its server name. */
export function matchesHost(match: string, names: readonly string[]): boolean {
  return names.some((name) => matchesGlob(name.toLowerCase(), match.toLowerCase()));
}

type Read = HostEntry | SettingProblem;

function listed(entry: unknown, path: SettingPath, originOf: (path: SettingPath) => Origin): Read {
  const match = isPlainObject(entry) ? entry['match'] : undefined;
  if (!isPlainObject(entry) || typeof match !== 'string' || match === '') {
    const message = 'expected `match:` with a pattern for host names, and the settings for those hosts';
    return { path, message, origin: originOf(path) };
  }
  const settings = Object.entries(entry).filter(([name]) => name !== 'match');
  return tabled(match, Object.fromEntries(settings), path, originOf);
}

function tabled(
  match: string,
  settings: unknown,
  path: SettingPath,
  originOf: (path: SettingPath) => Origin,
): Read {
  const inHosts = (inner: SettingPath): Origin => {
    const origin = originOf([...path, ...inner]);
    return origin.type === 'file' ? { ...origin, type: 'hosts', match } : origin;
  };
  return { match, layer: layerOf(settings ?? {}, inHosts) };
}
