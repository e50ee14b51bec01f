import type { Assignment } from './assignment.ts';
import type { Origin } from './origin.ts';
import { parseQuantity } from './quantity.ts';
import { fileTarget, readNamedSecret } from './secret-file.ts';
import { childNode, isSection, type SettingNode, type SettingPath, settingTree } from './setting-tree.ts';
import { type SettingProblem, wrongValue } from './settings-errors.ts';

/** What one source says: values by path, later ones winning, and where parts of lists stand. */
export interface Layer {
  readonly assignments: readonly Assignment[];
  readonly places: readonly { readonly path: SettingPath; readonly origin: Origin }[];
  readonly problems: readonly SettingProblem[];
}

/**
 * Takes a nested value apart along the settings' schema: sections into their settings, `"7d"` into a number,
 * `secretFile: FILE` into `secret: <what the file holds>`. Sections left empty (`store:` with every line commented
 * out) say nothing. Whatever the schema does not know stays as it is, for the validation to name.
 */
export function layerOf(value: unknown, originOf: (path: SettingPath) => Origin): Layer {
  const assignments: Assignment[] = [];
  const places: Assignment[] = [];
  const problems: SettingProblem[] = [];

  const visit = (part: unknown, node: SettingNode | undefined, path: SettingPath): void => {
    const isEntry = node !== undefined && isSection(node) && node.default === undefined && path.length > 0;
    // `main:` with nothing behind it names a subscription all the same.
    if (isEntry) assignments.push({ path, value: {}, origin: originOf(path) });
    if (part === null || part === undefined) return;
    if (!node || !isSection(node)) {
      assignments.push({ path, value: inner(part, node, path), origin: originOf(path) });
    } else if (!isPlainObject(part)) {
      problems.push({ path, message: wrongValue(path, part), origin: originOf(path) });
    } else {
      for (const [name, child] of Object.entries(part)) visitMember(name, child, node, path, part);
    }
  };

  const visitMember = (
    name: string,
    child: unknown,
    node: SettingNode,
    path: SettingPath,
    siblings: object,
  ): void => {
    const target = fileTarget(name, node);
    if (target === undefined) {
      visit(child, childNode(node, name), [...path, name]);
      return;
    }
    const read = readNamedSecret({
      name,
      target,
      value: child,
      path,
      siblings,
      origin: originOf([...path, name]),
    });
    if ('problem' in read) problems.push(read.problem);
    else assignments.push(read.assignment);
  };

  /** The inside of lists and unions: kept whole, but with quantities and files resolved. */
  const inner = (part: unknown, node: SettingNode | undefined, path: SettingPath): unknown => {
    if (node?.unit && typeof part === 'string') return parseQuantity(part, node.unit) ?? part;
    if (Array.isArray(part)) return part.map((item, index) => placed(item, node?.items, [...path, index]));
    if (!isPlainObject(part) || !node) return part;
    const entries = Object.entries(part).flatMap(([name, child]) => {
      const target = fileTarget(name, node);
      if (target === undefined) return [[name, placed(child, childNode(node, name), [...path, name])]];
      const read = readNamedSecret({
        name,
        target,
        value: child,
        path,
        siblings: part,
        origin: originOf([...path, name]),
      });
      if ('problem' in read) problems.push(read.problem);
      else places.push(read.assignment);
      return [[target, 'problem' in read ? undefined : read.assignment.value]];
    });
    return Object.fromEntries(entries);
  };

  const placed = (part: unknown, node: SettingNode | undefined, path: SettingPath): unknown => {
    places.push({ path, value: part, origin: originOf(path) });
    return inner(part, node, path);
  };

  visit(value, settingTree, []);
  return { assignments, places, problems };
}

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
