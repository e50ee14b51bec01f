import { readFileSync, writeFileSync } from 'node:fs';
import { isLiveSetting } from '../../src/config/compare-settings.ts';
import { formatQuantity } from '../../src/config/quantity.ts';
import {
  allSettings,
  canComeFromFile,
  type Setting,
  type SettingNode,
} from '../../src/config/setting-tree.ts';

// `npm run docs` writes the tables of docs/configuration.md anew; reference.test.ts fails while they are stale.

export const documentFile = new URL('../../docs/configuration.md', import.meta.url);
const begin = '<!-- Made from src/config/settings.ts by `npm run docs`. -->';
const end = '<!-- The end of what is made. -->';

/** The document with its tables made anew. */
export function withReference(document: string): string {
  const [before, rest] = document.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined)
    throw new Error(`${documentFile.pathname} has lost its markers`);
  return `${before}${begin}\n\n${reference()}\n${end}${after}`;
}

function reference(): string {
  const sections = Map.groupBy(allSettings, ({ path }) => (path.length > 1 ? (path[0] as string) : ''));
  return [...sections]
    .map(([name, settings]) => `${heading(name)}${table(settings)}${entries(settings)}`)
    .join('\n');
}

function heading(section: string): string {
  return section === '' ? '### The top level\n\n' : `### ${section}\n\n`;
}

function table(settings: readonly Setting[]): string {
  const rows = settings.map(({ path, variable, node }) =>
    row(
      `\`${path.join('.')}\`<br>\`${variable}\``,
      takes(node),
      defaultOf(node),
      `${meaning(node)}${live(path)}`,
    ),
  );
  return `${row('setting and variable', 'takes', 'default', 'meaning')}|---|---|---|---|\n${rows.join('')}`;
}

/** What the entries of a list or a table are made of, and what each kind of a part of them takes. */
function entries(settings: readonly Setting[]): string {
  return settings
    .map(({ path, node }) => ({ path, entry: node.items ?? (node.additionalProperties || undefined) }))
    .filter(({ entry }) => entry?.properties !== undefined)
    .map(({ path, entry = {} }) => {
      const kinds = Object.entries(entry.properties ?? {}).flatMap(([name, { oneOf = [] }]) =>
        oneOf.map((variant) =>
          entryTable(`A \`${name}\` of the kind ${variantType(variant)}`, variant, variantMeaning(variant)),
        ),
      );
      return `${entryTable(`Each entry of \`${path.join('.')}\``, entry)}${kinds.join('')}`;
    })
    .join('');
}

function entryTable(title: string, entry: SettingNode, text = ''): string {
  const rows = Object.entries(entry.properties ?? {})
    .filter(([, node]) => node.const === undefined)
    .map(([name, node]) =>
      row(
        `\`${name}\`${entry.required?.includes(name) ? ' (needed)' : ''}`,
        takes(node),
        defaultOf(node),
        meaning(node),
      ),
    );
  const lines =
    rows.length === 0
      ? ''
      : `\n${row('name', 'takes', 'default', 'meaning')}|---|---|---|---|\n${rows.join('')}`;
  return `\n${title}:${text === '' ? '' : ` ${text}`}\n${lines}`;
}

function variantType(variant: SettingNode): string {
  return `\`{ type: ${variant.properties?.['type']?.const as string} }\``;
}

function variantMeaning(variant: SettingNode): string {
  return variant.properties?.['type']?.description ?? '';
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
}

function takes(node: SettingNode): string {
  if (node.enum) return node.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (node.oneOf) return node.oneOf.map(variantType).join(', ');
  if (node.unit)
    return `${node.unit === 'ms' ? 'time' : 'size'}${limits(node, (value) => quantity(node, value))}`;
  if (node.type === 'string') return node.pattern ? `text like \`${node.pattern}\`` : 'text';
  if (node.type === 'array') return 'list';
  if (node.type === 'object') return 'table by name';
  return `${node.type === 'boolean' ? '`true`, `false`' : node.type}${limits(node, String)}`;
}

function limits(
  { minimum, maximum, exclusiveMinimum }: SettingNode,
  show: (value: number) => string,
): string {
  const least =
    exclusiveMinimum === undefined
      ? minimum === undefined
        ? []
        : [`≥ ${show(minimum)}`]
      : [`> ${show(exclusiveMinimum)}`];
  const most = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? [] : [`≤ ${show(maximum)}`];
  const both = [...least, ...most].join(', ');
  return both === '' ? '' : `, ${both}`;
}

function defaultOf(node: SettingNode): string {
  if (node.default === undefined) return '';
  if (typeof node.default === 'number') return `\`${quantity(node, node.default)}\``;
  if (typeof node.default === 'object') return 'none';
  return `\`${JSON.stringify(node.default).replaceAll('"', '')}\``;
}

function meaning(node: SettingNode): string {
  const file = canComeFromFile(node) ? ' Also as `…File`.' : '';
  return `${node.description ?? node.oneOf?.map((variant) => variant.description).join(' ') ?? ''}${file}${node.secret ? ' Secret.' : ''}`;
}

function live(path: readonly string[]): string {
  return isLiveSetting(path.join('.')) ? ' Live.' : '';
}

function quantity(node: SettingNode, value: number): string {
  return node.unit ? formatQuantity(value, node.unit) : String(value);
}

if (import.meta.main) writeFileSync(documentFile, withReference(readFileSync(documentFile, 'utf8')));
