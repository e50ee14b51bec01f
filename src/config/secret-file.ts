import { readFileSync } from 'node:fs';
import type { Assignment } from './assignment.ts';
import type { Origin } from './origin.ts';
import { canComeFromFile, childNode, type SettingNode, type SettingPath } from './setting-tree.ts';
import type { SettingProblem } from './settings-errors.ts';

/** `secretAccessKey` for `secretAccessKeyFile`, where the node has the former and not the latter. */
export function fileTarget(name: string, node: SettingNode): string | undefined {
  if (!name.endsWith('File') || childNode({ ...node, additionalProperties: false }, name)) return undefined;
  const target = name.slice(0, -'File'.length);
  return canComeFromFile(childNode(node, target)) ? target : undefined;
}

interface SecretFile {
  readonly name: string;
  readonly target: string;
  readonly value: unknown;
  readonly path: SettingPath;
  readonly siblings: object;
  readonly origin: Origin;
}

type SecretRead = { readonly assignment: Assignment } | { readonly problem: SettingProblem };

export function readNamedSecret({ name, target, value, path, siblings, origin }: SecretFile): SecretRead {
  const problem = (message: string): SecretRead => ({ problem: { path: [...path, name], message, origin } });
  if (Object.hasOwn(siblings, target)) return problem(`expected either this or ${target}, got both`);
  if (typeof value !== 'string' || value === '') return problem('expected the path of a file');
  try {
    const text = readSecretFile(value);
    return {
      assignment: {
        path: [...path, target],
        value: text,
        origin: { type: 'secret-file', path: value, namedBy: origin },
      },
    };
  } catch (error) {
    return problem(`the file ${value} could not be read (${(error as Error).message})`);
  }
}

/** Relative paths count from the working directory. The line end that editors put behind a secret is not part of it. */
export function readSecretFile(path: string): string {
  return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
}
