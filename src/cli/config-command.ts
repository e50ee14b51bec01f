import type { Command } from 'commander';
import { withoutSecrets } from '../base/url-error.ts';
import type { LoadedSettings } from '../config/load-settings.ts';
import { originText } from '../config/origin.ts';
import { formatQuantity } from '../config/quantity.ts';
import { allSettings, childNode, type SettingNode, type SettingPath } from '../config/setting-tree.ts';
import { pathText } from '../config/settings-errors.ts';
import type { RunCommand } from './command.ts';
import { exitCode } from './exit-code.ts';
import { addSettingsOptions, type SettingsOptions, settingsFor } from './settings-options.ts';

interface ConfigOptions extends SettingsOptions {
  readonly json?: boolean;
}

interface ConfigRow {
  readonly path: string;
  readonly value: unknown;
  readonly text: string;
  readonly origin: string;
}

export function addConfigCommand(program: Command, run: RunCommand): void {
  const command = program
    .command('config')
    .description('print the effective settings and where each came from; secrets stay hidden')
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      '\nExamples:\n  bucketcast config\n  bucketcast config --config /etc/bucketcast.yaml --json\n',
    );
  addSettingsOptions(command).action(
    run(async (session, options: ConfigOptions) => {
      const rows = configRows(settingsFor(options, session));
      if (options.json)
        for (const { path, value, origin } of rows) await session.output.json({ path, value, origin });
      else
        await session.output.table(
          ['setting', 'value', 'from'],
          rows.map((row) => [row.path, row.text, row.origin]),
        );
      return exitCode.done;
    }),
  );
}

/** Every setting with its value; lists and tables are taken apart down to single values. */
function configRows({ settings, origins }: LoadedSettings): readonly ConfigRow[] {
  const rows: ConfigRow[] = [];
  const visit = (path: SettingPath, value: unknown, node: SettingNode): void => {
    if (Array.isArray(value) && value.length > 0) {
      for (const [index, item] of value.entries()) visit([...path, index], item, node.items ?? {});
    } else if (typeof value === 'object' && value !== null && Object.keys(value).length > 0) {
      for (const [name, item] of Object.entries(value))
        visit([...path, name], item, childNode(node, name) ?? {});
    } else {
      rows.push({
        path: pathText(path),
        ...shown(value, node, pathText(path)),
        origin: originText(origins.of(path)),
      });
    }
  };
  for (const { path, node } of allSettings) {
    // A section that has no defaults may be left out as a whole.
    const value = path.reduce<unknown>(
      (part, name) => (part as Record<string, unknown> | undefined)?.[name],
      settings,
    );
    visit(path, value, node);
  }
  return rows;
}

function shown(value: unknown, node: SettingNode, path: string): Pick<ConfigRow, 'value' | 'text'> {
  if (value === undefined) return { value: null, text: '' };
  if (node.secret) return { value: '(hidden)', text: '(hidden)' };
  if (path === 'store.url' && typeof value === 'string') {
    return { value: withoutSecrets(value), text: withoutSecrets(value) };
  }
  if (typeof value === 'number' && node.unit) return { value, text: formatQuantity(value, node.unit) };
  return { value, text: typeof value === 'string' ? value : JSON.stringify(value) };
}
