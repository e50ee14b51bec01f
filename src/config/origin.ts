import type { SettingPath } from './setting-tree.ts';

/** Where a value came from. */
export type Origin =
  | { readonly type: 'default' }
  | { readonly type: 'host-name' }
  | { readonly type: 'file'; readonly file: string; readonly line: number }
  | { readonly type: 'hosts'; readonly file: string; readonly line: number; readonly match: string }
  | { readonly type: 'environment'; readonly variable: string }
  | { readonly type: 'flag'; readonly flag: string }
  /** Read from a file that another setting names. */
  | { readonly type: 'secret-file'; readonly path: string; readonly namedBy: Origin };

export function originText(origin: Origin): string {
  switch (origin.type) {
    case 'default':
      return 'default';
    case 'host-name':
      return 'host name';
    case 'file':
      return `${origin.file}:${origin.line}`;
    case 'hosts':
      return `${origin.file}:${origin.line} (hosts: ${origin.match})`;
    case 'environment':
      return origin.variable;
    case 'flag':
      return origin.flag;
    case 'secret-file':
      break;
  }
  return `${origin.path}, named by ${originText(origin.namedBy)}`;
}

/** Origins by path; what lies inside a value has the value's own unless it was noted more precisely. */
export class Origins {
  readonly #known = new Map<string, Origin>();

  /** Also forgets what an earlier layer said about the inside of this value. */
  note(path: SettingPath, origin: Origin): void {
    const key = keyOf(path);
    for (const inner of this.#known.keys()) if (inner.startsWith(`${key}\0`)) this.#known.delete(inner);
    this.#known.set(key, origin);
  }

  of(path: SettingPath): Origin {
    for (let length = path.length; length > 0; length--) {
      const origin = this.#known.get(keyOf(path.slice(0, length)));
      if (origin) return origin;
    }
    return { type: 'default' };
  }
}

function keyOf(path: SettingPath): string {
  return path.join('\0');
}
