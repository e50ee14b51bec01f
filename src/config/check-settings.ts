import type { z } from 'zod';
import { Origins } from './origin.ts';
import { knownNames, nodeAt, type SettingPath } from './setting-tree.ts';
import { type Settings, type SettingsInput, settingsSchema } from './settings.ts';
import { patternWords, type SettingProblem, settingsError, wrongValue } from './settings-errors.ts';
import { elsewhere, nearest } from './suggest.ts';

/** Settings of a caller in code: checked, with every default filled in. Throws `invalid-settings`. */
export function checkSettings(input: SettingsInput): Settings {
  const parsed = settingsSchema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw settingsError(problemsOf(parsed.error.issues, input, new Origins()));
}

/** What zod found, in our words and with the places that the values came from. */
export function problemsOf(
  issues: readonly z.core.$ZodIssue[],
  value: unknown,
  origins: Origins,
): readonly SettingProblem[] {
  return issues.flatMap((issue) => {
    const path = issue.path as SettingPath;
    const origin = origins.of(path);
    if (issue.code === 'custom') return [{ path, message: issue.message, origin }];
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => unknownKey([...path, key], value, origins));
    if (issue.code === 'invalid_key') return [{ path, message: `expected ${nameForm(path)}`, origin }];
    return [{ path, message: wrongValue(path, valueAt(value, path), value), origin }];
  });
}

export function valueAt(value: unknown, path: SettingPath): unknown {
  return path.reduce<unknown>(
    (part, name) => (part as Record<string | number, unknown> | undefined)?.[name],
    value,
  );
}

function unknownKey(path: SettingPath, settings: unknown, origins: Origins): SettingProblem {
  const name = String(path.at(-1));
  const names = knownNames(nodeAt(path.slice(0, -1), settings) ?? {});
  const suggestion = nearest(name, path.length === 1 ? [...names, 'hosts'] : names) ?? elsewhere(name);
  const message = `unknown setting${suggestion === undefined ? '' : `; did you mean \`${suggestion}\`?`}`;
  return { path, message, origin: origins.of(path) };
}

function nameForm(path: SettingPath): string {
  const pattern = nodeAt(path.slice(0, -1))?.propertyNames?.pattern;
  return pattern === undefined ? 'a name like the others' : patternWords(pattern);
}
