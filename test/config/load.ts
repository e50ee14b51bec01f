import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../../src/config/environment.ts';
import { type FlagValue, type LoadedSettings, loadSettings } from '../../src/config/load-settings.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

export interface Given {
  readonly yaml?: string;
  readonly environment?: Environment;
  readonly flags?: readonly FlagValue[];
  readonly hostname?: string;
}

/** With `yaml` in a file of its own; never with one of the working directory. */
export function load({
  yaml = '',
  environment = {},
  flags = [],
  hostname = 'host-1',
}: Given): LoadedSettings {
  const configFile = join(temporaryDirectory(), 'bucketcast.yaml');
  writeFileSync(configFile, yaml);
  const loaded = loadSettings({ configFile, environment, flags, hostname });
  return yaml === '' ? { ...loaded, configFile: undefined } : loaded;
}
