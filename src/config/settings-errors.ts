import { BucketcastError } from '../base/errors.ts';
import { type Origin, originText } from './origin.ts';
import { quantityForms } from './quantity.ts';
import { mayHoldSecret, nodeAt, type SettingNode, type SettingPath } from './setting-tree.ts';

/** One thing wrong with the settings. */
export interface SettingProblem {
  readonly path: SettingPath;
  readonly message: string;
  readonly origin: Origin;
}

/** `store.url: expected a text, got 12 (number) [bucketcast.yaml:3]`; several go one a line. */
export function settingsError(problems: readonly SettingProblem[]): BucketcastError {
  const lines = problems.map(problemText);
  const message =
    lines.length === 1
      ? (lines[0] as string)
      : `${lines.length} settings are wrong:\n  ${lines.join('\n  ')}`;
  return new BucketcastError('invalid-settings', message, {
    details: {
      problems: problems.map(({ path, origin }) => ({ path: pathText(path), origin: originText(origin) })),
    },
  });
}

function problemText({ path, message, origin }: SettingProblem): string {
  const where = origin.type === 'default' ? '' : ` [${originText(origin)}]`;
  return `${path.length === 0 ? '' : `${pathText(path)}: `}${message}${where}`;
}

/** `encryption.keys[0].id` */
export function pathText(path: SettingPath): string {
  return path.reduce<string>(
    (text, part) => (typeof part === 'number' ? `${text}[${part}]` : text === '' ? part : `${text}.${part}`),
    '',
  );
}

/**
 * `expected an integer from 1 to 16, got "many" (string)`; a secret's value is not repeated. The `settings` that the
 * value is in tell of which variant it is.
 */
export function wrongValue(path: SettingPath, value: unknown, settings?: unknown): string {
  const node = nodeAt(path, settings) ?? {};
  return `expected ${expectation(node)}, got ${given(value, node)}`;
}

/** What a setting takes, as words. */
function expectation(node: SettingNode): string {
  if (node.unit) return `${quantityForms[node.unit]}${range(node)}`;
  if (node.enum) return `one of ${node.enum.map((value) => JSON.stringify(value)).join(', ')}`;
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.form) return node.form;
  if (node.oneOf) return `a section such as ${node.oneOf.map(exampleOf).join(' or ')}`;
  switch (node.type) {
    case 'integer':
      return `an integer${range(node)}`;
    case 'number':
      return `a number${range(node)}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return 'a list';
    case 'object':
      return 'a section of `name: value` lines';
    default:
      return node.pattern ? patternWords(node.pattern) : textOf(node);
  }
}

function textOf({ minLength = 1 }: SettingNode): string {
  return minLength > 1 ? `a text of at least ${minLength} characters` : 'a text that is not empty';
}

/** `{ type: stdout }` */
function exampleOf({ properties }: SettingNode): string {
  return `{ type: ${String(properties?.['type']?.const)} }`;
}

/** A pattern of one class of characters and a length, as names have, in words; others as they are. */
export function patternWords(pattern: string): string {
  const [, characters, least, most] = /^\^\[([^\]]+)\]\{(\d+)(?:,(\d+))?\}\$$/.exec(pattern) ?? [];
  if (characters === undefined) return `a text like /${pattern}/`;
  const kinds = characters.match(/.-.|./g)?.join(' ');
  return `a text of ${least}${most === undefined ? '' : ` to ${most}`} characters out of ${kinds}`;
}

function range({ type, minimum, maximum, exclusiveMinimum }: SettingNode): string {
  const top = type === 'integer' && maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (exclusiveMinimum !== undefined) return ` above ${exclusiveMinimum}`;
  if (minimum !== undefined && top !== undefined) return ` from ${minimum} to ${top}`;
  return minimum === undefined ? '' : `, at least ${minimum}`;
}

function given(value: unknown, node: SettingNode): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  const kind = Array.isArray(value) ? 'list' : typeof value === 'object' ? 'section' : typeof value;
  if (mayHoldSecret(node))
    return kind === 'string' ? `a text of ${(value as string).length} characters` : `a ${kind}`;
  if (kind === 'list' || kind === 'section') return `a ${kind}`;
  return `${JSON.stringify(value)} (${kind})`;
}
