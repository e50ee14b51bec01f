import { resolve } from 'node:path';
import type { Mismatch } from './mismatch.ts';
import type { SinkSettings } from './sink-settings.ts';

interface Paths {
  readonly watch: readonly { readonly path: string }[];
  readonly subscriptions: Readonly<Record<string, { readonly sink?: SinkSettings | undefined }>>;
}

type SettingPath = Mismatch['path'];

/** Directories that are none, and those that two watchers or two sinks would take for their own. */
export function pathMismatches({ watch, subscriptions }: Paths): Mismatch[] {
  const sinks = Object.entries(subscriptions).flatMap(([name, { sink }]) =>
    sink?.type === 'files' ? [{ path: ['subscriptions', name, 'sink', 'path'], given: sink.path }] : [],
  );
  const watched = watch.map(({ path }, index) => ({ path: ['watch', index, 'path'], given: path }));
  return [...mismatchesAmong(watched), ...mismatchesAmong(sinks)];
}

function mismatchesAmong(settings: readonly { readonly path: SettingPath; readonly given: string }[]) {
  const firsts = new Map<string, SettingPath>();
  return settings.flatMap(({ path, given }): Mismatch[] => {
    if (given.trim() === '' || given.includes('\0'))
      return [{ path, message: `expected the path of a directory, got ${JSON.stringify(given)}` }];
    const first = firsts.get(resolve(given));
    firsts.set(resolve(given), first ?? path);
    if (first === undefined) return [];
    const message = `expected another directory than that of ${dotted(first)}, got ${JSON.stringify(given)}`;
    return [{ path, message }];
  });
}

function dotted(path: SettingPath): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .slice(1);
}
