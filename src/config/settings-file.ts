import { readFileSync } from 'node:fs';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { BucketcastError } from '../base/errors.ts';
import { type HostEntry, hostEntries } from './hosts.ts';
import { isPlainObject, type Layer, layerOf } from './layer.ts';
import type { Origin } from './origin.ts';
import type { SettingPath } from './setting-tree.ts';
import { type SettingProblem, settingsError } from './settings-errors.ts';

/** What a settings file says: its own values, and those of its `hosts:` in the order they stand. */
export interface SettingsFile {
  readonly file: string;
  readonly layer: Layer;
  readonly hosts: readonly HostEntry[];
  readonly problems: readonly SettingProblem[];
}

/** Undefined when there is no such file and `mustExist` is false. Throws `invalid-settings`. */
export function readSettingsFile(file: string, mustExist: boolean): SettingsFile | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (!mustExist && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new BucketcastError(
      'invalid-settings',
      `the settings file ${file} could not be read (${(error as Error).message})`,
      {
        cause: error,
        details: { path: file },
      },
    );
  }
  return parseSettingsFile(text, file);
}

/** Throws `invalid-settings` for what is no YAML; everything else is left to the validation. */
function parseSettingsFile(text: string, file: string): SettingsFile {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const lineAt = (offset: number) => counter.linePos(offset).line;
  const syntax = document.errors.map(({ message, pos }) => ({
    path: [],
    message: `not valid YAML: ${withoutContents(message)}`,
    origin: { type: 'file', file, line: lineAt(pos[0]) } as const,
  }));
  if (syntax.length > 0) throw settingsError(syntax);

  const originOf = (path: SettingPath): Origin => ({ type: 'file', file, line: lineOf(path) });
  const lineOf = (path: SettingPath): number => {
    const node = nodeNaming(document, path);
    if (isNode(node) && node.range) return lineAt(node.range[0]);
    return path.length === 0 ? 1 : lineOf(path.slice(0, -1));
  };
  const value = contentsOf(document, originOf([]));
  if (!isPlainObject(value)) {
    throw settingsError([{ path: [], message: 'expected `name: value` lines', origin: originOf([]) }]);
  }
  const { hosts, ...settings } = value;
  const entries = hostEntries(hosts, originOf);
  return { file, layer: layerOf(settings, originOf), ...entries };
}

/** What a person looks for to find a setting: its name, or the item of a list. */
function nodeNaming(document: Document, path: SettingPath): unknown {
  if (path.length === 0) return document.contents;
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const name = path.at(-1);
  const pair = isMap(parent)
    ? parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(name))
    : undefined;
  return pair?.key ?? document.getIn(path, true);
}

/** Aliases are only resolved here: one to nowhere, or a nest of them that would fill the memory, is an error. */
function contentsOf(document: Document, origin: Origin): unknown {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    const message = `not valid YAML: ${withoutContents((error as Error).message)}`;
    throw settingsError([{ path: [], message, origin }]);
  }
}

/** What follows a colon is a piece of the file, and that may be a secret that nobody put in quotes. */
function withoutContents(message: string): string {
  return message.replace(/: .*/s, '');
}
