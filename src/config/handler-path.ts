import { dirname, resolve } from 'node:path';
import type { Origins } from './origin.ts';
import type { Settings } from './settings.ts';

/** A path rather than a URL. A letter and a colon begin a path on Windows. */
export function isPath(handler: string | URL): handler is string {
  return typeof handler === 'string' && !/^[a-z][a-z0-9+.-]+:/i.test(handler);
}

/** The subscriptions with the paths of handlers that a settings file names: they count from the directory of that file. */
export function withHandlerPaths(
  subscriptions: Settings['subscriptions'],
  origins: Origins,
): Settings['subscriptions'] {
  const placed = Object.entries(subscriptions).map(([name, subscription]) => {
    const { handler } = subscription;
    const origin = origins.of(['subscriptions', name, 'handler']);
    const isOfFile = origin.type === 'file' || origin.type === 'hosts';
    if (handler === undefined || !isPath(handler) || !isOfFile) return [name, subscription];
    return [name, { ...subscription, handler: resolve(dirname(origin.file), handler) }];
  });
  return Object.fromEntries(placed) as Settings['subscriptions'];
}
