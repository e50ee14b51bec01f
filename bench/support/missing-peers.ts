import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { installed } from '../../test/support/processes.ts';

/** Debian's own Python, whatever stands before it on the PATH: its modules come from Debian's packages. */
export const python = '/usr/bin/python3';

/** Which of the programs and packages that a bench compares with are there, and which it had to do without. */
export class MissingPeers {
  readonly #wanted: boolean;
  readonly #known = new Map<string, boolean>();

  constructor(wanted: boolean) {
    this.#wanted = wanted;
  }

  get names(): readonly string[] {
    return [...this.#known].filter(([, there]) => !there).map(([name]) => name);
  }

  has(names: readonly string[]): boolean {
    if (!this.#wanted) return false;
    for (const name of names) if (!this.#known.has(name)) this.#known.set(name, isThere(name));
    return names.every((name) => this.#known.get(name));
  }
}

function isThere(name: string): boolean {
  const [kind, what] = name.includes(':') ? (name.split(/:(.*)/s) as [string, string]) : ['', name];
  if (kind === 'npm') return existsSync(new URL(`../peers/node_modules/${what}`, import.meta.url));
  if (kind === 'python') return spawnSync(python, ['-c', `import ${what}`]).status === 0;
  return installed(what);
}
