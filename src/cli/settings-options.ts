import { type Command, Option } from 'commander';
import { type FlagValue, type LoadedSettings, loadSettings } from '../config/load-settings.ts';
import type { Session } from './session.ts';

/** Flags that stand for settings; the same for every command that takes them. */
export interface SettingsOptions {
  readonly config?: string;
  readonly store?: string;
  readonly server?: string;
  readonly state?: string;
}

const paths = { store: ['store', 'url'], server: ['server'], state: ['state'] } as const;
type SettingFlag = keyof typeof paths;

const flags: Readonly<Record<SettingFlag, Option>> = {
  store: new Option('--store <url>', 'where the updates go: s3://…, file:DIRECTORY'),
  server: new Option('--server <name>', "this server's name (default: the host name)"),
  state: new Option('--state <dir>', 'state directory (default: .bucketcast/state/<server>)'),
};

/** Adds `--config` and those of `--store`, `--server`, `--state` that the command has a use for. */
export function addSettingsOptions(
  command: Command,
  names: readonly SettingFlag[] = ['store', 'server', 'state'],
): Command {
  command.option(
    '--config <file>',
    'settings file (default: BUCKETCAST_CONFIG, else bucketcast.yaml if there is one)',
  );
  for (const name of names) command.addOption(flags[name]);
  return command;
}

/** Throws `invalid-settings`. */
export function settingsFor(options: SettingsOptions, session: Session): LoadedSettings {
  const given = (Object.keys(paths) as SettingFlag[]).flatMap((name): FlagValue[] => {
    const value = options[name];
    return value === undefined ? [] : [{ flag: `--${name}`, path: paths[name], value }];
  });
  return loadSettings({
    configFile: options.config,
    environment: session.environment,
    hostname: session.hostname,
    flags: given,
  });
}
