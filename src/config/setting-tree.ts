import { z } from 'zod';
import type { Unit } from './quantity.ts';
import { settingsSchema } from './settings.ts';

/** The part of JSON Schema that the settings' schema turns into, and our own marks (`unit`, `secret`, `fromFile`). */
export interface SettingNode {
  readonly type?: 'object' | 'array' | 'string' | 'number' | 'integer' | 'boolean';
  readonly properties?: Readonly<Record<string, SettingNode>>;
  readonly additionalProperties?: SettingNode | false;
  readonly propertyNames?: SettingNode;
  readonly items?: SettingNode;
  readonly oneOf?: readonly SettingNode[];
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  /** What `pattern` asks for, in words. */
  readonly form?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly default?: unknown;
  readonly description?: string;
  readonly unit?: Unit;
  readonly secret?: boolean;
  readonly fromFile?: boolean;
}

export type SettingPath = readonly (string | number)[];

/** One setting that a variable can set: everything that is not a section. */
export interface Setting {
  readonly path: readonly string[];
  readonly variable: string;
  readonly node: SettingNode;
}

export const settingTree = z.toJSONSchema(settingsSchema, { io: 'input' }) as SettingNode;

/** Undefined for a path that no setting can have. Of variants, that which the `settings` choose by their `type`. */
export function nodeAt(path: SettingPath, settings?: unknown): SettingNode | undefined {
  let node: SettingNode | undefined = settingTree;
  let value = settings;
  for (const name of path) {
    node = node && childNode(chosen(node, value), name);
    value = (value as Record<string | number, unknown> | null | undefined)?.[name];
  }
  return node && path.length > 0 ? chosen(node, value) : node;
}

function chosen(node: SettingNode, value: unknown): SettingNode {
  const type = (value as { readonly type?: unknown } | null | undefined)?.type;
  return node.oneOf?.find(({ properties }) => properties?.['type']?.const === type) ?? node;
}

export function childNode(node: SettingNode, name: string | number): SettingNode | undefined {
  if (typeof name === 'number') return node.items;
  const own = Object.hasOwn(node.properties ?? {}, name) ? node.properties?.[name] : undefined;
  // Variants that share a name mean the same by it: a URL, a time. Only their type tells them apart.
  const variants = (node.oneOf ?? []).flatMap((each) => childNode(each, name) ?? []);
  const variant =
    name === 'type' && variants.length > 0 ? { enum: variants.map((each) => each.const) } : variants[0];
  return own ?? variant ?? (node.additionalProperties || undefined);
}

/** Whether the node is a section or a table of named entries, whose parts layers set one by one. */
export function isSection(node: SettingNode): boolean {
  return node.type === 'object';
}

/** Whether `<name>File` may name a file that holds the value. */
export function canComeFromFile(node: SettingNode | undefined): boolean {
  return node?.secret === true || node?.fromFile === true;
}

/** Whether the value is a secret, or something that has one in it: what stands there by mistake may be one. */
export function mayHoldSecret(node: SettingNode): boolean {
  const parts = [
    ...Object.values(node.properties ?? {}),
    ...(node.oneOf ?? []),
    ...[node.items, node.additionalProperties].filter((part) => typeof part === 'object'),
  ];
  return node.secret === true || parts.some(mayHoldSecret);
}

/** Names that may stand at a node, for suggestions. */
export function knownNames(node: SettingNode): readonly string[] {
  const names = Object.entries(node.properties ?? {}).flatMap(([name, child]) =>
    canComeFromFile(child) ? [name, `${name}File`] : [name],
  );
  return [...names, ...(node.oneOf ?? []).flatMap(knownNames)];
}

/** Every setting in the order of the schema. */
export const allSettings: readonly Setting[] = settingsBelow(settingTree, []);

function settingsBelow(node: SettingNode, path: readonly string[]): readonly Setting[] {
  if (!node.properties) return [{ path, variable: variableOf(path), node }];
  return Object.entries(node.properties).flatMap(([name, child]) => settingsBelow(child, [...path, name]));
}

/** `store.secretAccessKey` → `BUCKETCAST_STORE_SECRET_ACCESS_KEY` */
function variableOf(path: readonly string[]): string {
  const words = path.map((name) => name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase());
  return ['BUCKETCAST', ...words].join('_');
}
