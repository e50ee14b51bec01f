import type { Assignment } from './assignment.ts';
import { problemsOf, valueAt } from './check-settings.ts';
import { defaultServerName } from './default-server-name.ts';
import { defaultStateDirectory } from './default-state-directory.ts';
import { configVariable, type Environment, environmentLayer } from './environment.ts';
import { withHandlerPaths } from './handler-path.ts';
import { type HostEntry, matchesHost } from './hosts.ts';
import { isPlainObject, type Layer, layerOf } from './layer.ts';
import { Origins } from './origin.ts';
import type { SettingPath } from './setting-tree.ts';
import { type Settings, settingsSchema } from './settings.ts';
import { type SettingProblem, settingsError } from './settings-errors.ts';
import { readSettingsFile } from './settings-file.ts';

/** Read when it exists and no other is named. */
const defaultConfigFile = 'bucketcast.yaml';

export interface SettingsSources {
  /** Must exist. Default: `BUCKETCAST_CONFIG`, else `bucketcast.yaml` when there is one. */
  readonly configFile?: string | undefined;
  readonly environment: Environment;
  readonly flags?: readonly FlagValue[];
  readonly hostname: string;
}

export interface FlagValue {
  /** As it was typed, for messages: `--store`. */
  readonly flag: string;
  readonly path: readonly string[];
  readonly value: unknown;
}

export type CompleteSettings = Settings & { readonly server: string; readonly state: string };

export interface LoadedSettings {
  readonly settings: CompleteSettings;
  readonly origins: Origins;
  /** The settings file that was read. */
  readonly configFile: string | undefined;
}

/**
 * Defaults < settings file < its `hosts:` < environment < flags. Everything that is wrong is told at once, each with
 * its path, the value given and where that stands. Throws `invalid-settings`.
 */
export function loadSettings({
  configFile,
  environment,
  flags = [],
  hostname,
}: SettingsSources): LoadedSettings {
  const named = configFile ?? (environment[configVariable] || undefined);
  const file = readSettingsFile(named ?? defaultConfigFile, named !== undefined);
  const fromEnvironment = environmentLayer(environment);
  const fromFlags = flags.map(flagLayer);
  const upper = [fromEnvironment, ...fromFlags];
  const names = [
    hostname,
    serverBefore([...(file ? [file.layer] : []), ...upper]) ?? defaultServerName(hostname),
  ];
  const hosts = (file?.hosts ?? []).filter(({ match }) => matchesHost(match, names));

  const layers = [...(file ? [file.layer] : []), ...hosts.map(({ layer }) => layer), ...upper];
  const problems = [...(file?.problems ?? []), ...layers.flatMap((layer) => layer.problems)];
  for (const entry of file?.hosts ?? []) if (!hosts.includes(entry)) problems.push(...problemsOfIdle(entry));

  const { value, origins } = merged(layers);
  const parsed = settingsSchema.safeParse(value);
  if (!parsed.success)
    problems.push(
      ...problemsOf(parsed.error.issues, value, origins).filter((found) => !isTold(found, problems)),
    );
  if (problems.length > 0 || !parsed.success) throw settingsError(problems);
  return { settings: complete(parsed.data, hostname, origins), origins, configFile: file?.file };
}

function complete(settings: Settings, hostname: string, origins: Origins): CompleteSettings {
  if (settings.server === undefined) origins.note(['server'], { type: 'host-name' });
  const server = settings.server ?? defaultServerName(hostname);
  const subscriptions = withHandlerPaths(settings.subscriptions, origins);
  return { ...settings, subscriptions, server, state: settings.state ?? defaultStateDirectory(server) };
}

function flagLayer({ flag, path, value }: FlagValue): Layer {
  const nested = path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
  return layerOf(nested, () => ({ type: 'flag', flag }));
}

/** The server's name as far as it is set outside `hosts:`, which may match on it. */
function serverBefore(layers: readonly Layer[]): string | undefined {
  const said = layers
    .flatMap(({ assignments }) => assignments)
    .filter(({ path }) => path.length === 1 && path[0] === 'server');
  const name = said.at(-1)?.value;
  return typeof name === 'string' ? name : undefined;
}

function merged(layers: readonly Layer[]): { readonly value: unknown; readonly origins: Origins } {
  const value: Record<string, unknown> = {};
  const origins = new Origins();
  for (const { assignments, places } of layers) {
    for (const assignment of assignments) assign(value, assignment, origins);
    for (const { path, origin } of places) origins.note(path, origin);
  }
  return { value, origins };
}

function assign(root: Record<string, unknown>, { path, value, origin }: Assignment, origins: Origins): void {
  // An entry that is only named adds nothing to one that an earlier layer filled.
  if (isPlainObject(value) && Object.keys(value).length === 0 && isPlainObject(valueAt(root, path))) return;
  let parent = root;
  for (const name of path.slice(0, -1)) {
    const inner = Object.hasOwn(parent, name) ? parent[name] : undefined;
    const next = isPlainObject(inner) ? (inner as Record<string, unknown>) : {};
    define(parent, name, next);
    parent = next;
  }
  define(parent, path.at(-1) as string, value);
  origins.note(path, origin);
}

/** A plain assignment to `__proto__` would vanish instead of being refused as unknown. */
function define(target: object, name: string | number, value: unknown): void {
  Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
}

/** An entry for other hosts is checked as well, so that a slip shows on every host and not only on the one it is for. */
function problemsOfIdle({ layer }: HostEntry): readonly SettingProblem[] {
  const { value, origins } = merged([layer]);
  const parsed = settingsSchema.safeParse(value);
  if (parsed.success) return layer.problems;
  // On its own it may lack what the rest of the file gives.
  const found = parsed.error.issues.filter(
    (issue) =>
      issue.code !== 'custom' &&
      (issue.code === 'unrecognized_keys' || valueAt(value, issue.path as SettingPath) !== undefined),
  );
  return [...layer.problems, ...problemsOf(found, value, origins)];
}

/** A secret whose file could not be read is missing as well, which is no second mistake. */
function isTold({ path }: SettingProblem, problems: readonly SettingProblem[]): boolean {
  return problems.some(
    (told) => told.path.length === path.length && told.path.join('.') === `${path.join('.')}File`,
  );
}
