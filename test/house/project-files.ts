import { readdirSync, readFileSync } from 'node:fs';

/** The project's folder, with a slash at its end. */
export const projectRoot = new URL('../../', import.meta.url);

/** Made by tools, never part of the project; the same names stand in `.gitignore`. */
const generated = new Set(['.git', 'node_modules', 'dist', 'coverage', '.bucketcast']);

/** Names at the top of the tree, without what tools make there. */
export function topLevelNames(): string[] {
  return readdirSync(projectRoot).filter((name) => !generated.has(name) && !name.endsWith('.tgz'));
}

/** Every file of the project, as a path relative to its root, in order; `endings` picks by how the name ends. */
export function projectFiles(...endings: string[]): string[] {
  return walk('').filter((path) => endings.length === 0 || endings.some((ending) => path.endsWith(ending)));
}

export function readProjectFile(path: string): string {
  return readFileSync(new URL(path, projectRoot), 'utf8');
}

function walk(folder: string): string[] {
  const entries = readdirSync(new URL(folder, projectRoot), { withFileTypes: true });
  return entries
    .filter(({ name }) => (folder === '' ? topLevelNames().includes(name) : !generated.has(name)))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? walk(`${folder}${entry.name}/`) : [`${folder}${entry.name}`]));
}
