import { dirname, join } from 'node:path/posix';

/**
 * The rooms of `src/` in the order in which they may depend on each other: a file imports from its own room and
 * from rows above it, never from another room of its own row. A file directly in `src/` is a room of its own.
 */
export const order: readonly (readonly string[])[] = [
  ['base'],
  ['config'],
  ['store'],
  ['log'],
  ['state', 'hints', 'sinks', 'feeds', 'claims'],
  ['pool'],
  ['publish'],
  ['snapshots'],
  ['coordinate'],
  ['objects'],
  ['sources', 'streams', 'jobs'],
  ['status'],
  ['http'],
  ['node'],
  ['node.ts'],
  ['create-publisher.ts'],
  ['cli', 'index.ts'],
];

/**
 * Which top-level folder may import which others; `src` keeps the order above besides. `workers/` is in nobody's
 * list: worker threads are reached by URL alone.
 */
export const folders: Readonly<Record<string, readonly string[]>> = {
  metrics: [],
  src: ['metrics'],
  workers: ['src', 'metrics'],
  dashboard: [],
  examples: ['src'],
  bench: ['src', 'metrics', 'test'],
  test: ['src', 'metrics', 'examples', 'bench'],
};

/** What each file imports from the project: paths from the root, mapped to relative specifiers as written. */
export type Imports = ReadonlyMap<string, readonly string[]>;

/** The relative specifiers that a source imports or re-exports, statically or with `import()`. */
export function relativeImports(source: string): string[] {
  const statements = source.matchAll(/^(?:import|export)\s(?:[^'";]*?\sfrom\s*)?['"](\.[^'"]*)['"]/gm);
  const calls = source.matchAll(/^(?!\s*(?:\*|\/\/)).*?\bimport\(\s*['"](\.[^'"]*)['"]/gm);
  return [...statements, ...calls].map((match) => match[1] as string);
}

/** One sentence for each import that breaks the order, naming file, import and reason. */
export function brokenImports(imports: Imports): string[] {
  return [...imports].flatMap(([file, specifiers]) =>
    specifiers.flatMap((specifier) => {
      const reason = objection(file, join(dirname(file), specifier));
      return reason === undefined ? [] : [`${file} imports '${specifier}': ${reason}`];
    }),
  );
}

/** One line for each cycle of files: `a.ts → b.ts → a.ts`. */
export function importCycles(imports: Imports): string[] {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    const start = trail.indexOf(file);
    if (start >= 0) cycles.push([...trail.slice(start), file].join(' → '));
    if (start >= 0 || done.has(file)) return;
    for (const specifier of imports.get(file) ?? []) visit(join(dirname(file), specifier), [...trail, file]);
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  return cycles;
}

function objection(file: string, target: string): string | undefined {
  const [from, to] = [topFolder(file), topFolder(target)];
  const allowed = folders[from];
  if (allowed === undefined) return `${from}/ has no place in test/house/import-order.ts`;
  if (from !== to) return allowed.includes(to) ? undefined : `${from}/ may not import ${to}/`;
  return from === 'src' ? srcObjection(roomOf(file), roomOf(target)) : undefined;
}

function srcObjection(from: string, to: string): string | undefined {
  if (from === to) return undefined;
  const [own, other] = [rowOf(from), rowOf(to)];
  if (own < 0) return `src/${from} has no place in the order of test/house/import-order.ts`;
  if (other < 0) return `src/${to} has no place in the order of test/house/import-order.ts`;
  if (other === own) return `${from} and ${to} stand side by side and may not know each other`;
  return other > own ? `${to} comes after ${from}` : undefined;
}

function rowOf(room: string): number {
  return order.findIndex((row) => row.includes(room));
}

function topFolder(path: string): string {
  return path.split('/', 1)[0] as string;
}

function roomOf(path: string): string {
  return path.split('/')[1] as string;
}
