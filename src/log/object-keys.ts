import { createHash } from 'node:crypto';

/**
 * Keys of the objects layout, relative to its store: every one is built and parsed here.
 *
 *   <prefix><server>/<md5>_<seconds>.json
 *
 * <prefix>    `objects.prefix`, ends in a slash
 * <server>    of its own objects a publisher's server name; of others' anything without a slash
 * <md5>       of the URL's UTF-8, 32 hex digits
 * <seconds>   since the epoch, decimal
 *
 * That is how Bucketcast names what it writes. Reading, any `<name>.json` in a server's folder is an object of the layout.
 */
export interface ObjectPlace {
  readonly server: string;
  /** What follows the server's folder, the ending included. */
  readonly name: string;
}

const ending = '.json';

export function objectFolder(prefix: string, server: string): string {
  return `${prefix}${server}/`;
}

/** What the keys of all objects of one URL begin with. */
export function objectsOfUrlPrefix(prefix: string, server: string, url: string): string {
  const digest = createHash('md5').update(url).digest('hex');
  return `${objectFolder(prefix, server)}${digest}_`;
}

export function objectKey(prefix: string, server: string, url: string, unixSeconds: number): string {
  return objectOfUrlKey(objectsOfUrlPrefix(prefix, server, url), unixSeconds);
}

export function objectOfUrlKey(ofUrl: string, unixSeconds: number): string {
  return `${ofUrl}${unixSeconds}${ending}`;
}

/** The second in a key of the URL's; `undefined` where somebody named an object in another way. */
export function secondOfObjectKey(ofUrl: string, key: string): number | undefined {
  const seconds =
    key.startsWith(ofUrl) && key.endsWith(ending) ? key.slice(ofUrl.length, -ending.length) : '';
  return /^\d{1,15}$/.test(seconds) ? Number(seconds) : undefined;
}

/** `undefined`: not of the layout, such as the empty objects that consoles make for folders. */
export function parseObjectKey(prefix: string, key: string): ObjectPlace | undefined {
  if (!key.startsWith(prefix)) return undefined;
  const slash = key.indexOf('/', prefix.length);
  if (slash <= prefix.length || !key.endsWith(ending)) return undefined;
  const name = key.slice(slash + 1);
  return name.length > ending.length ? { server: key.slice(prefix.length, slash), name } : undefined;
}
