import type { BucketcastError } from './errors.ts';
import { invalidUrl } from './url-error.ts';

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly database: number;
  /** `redis://host:port/database`: for messages, without user and password. */
  readonly text: string;
}

const defaultPort = 6379;

/** Throws `invalid-settings`, naming the setting at `path`; never shows the password. */
export function parseRedisUrl(url: string, path: string): RedisAddress {
  const wrong = (hint: string): BucketcastError =>
    invalidUrl(path, masked(url), 'expected redis://[user:password@]host[:port][/database]', hint);
  const parsed = URL.parse(url);
  if (parsed === null || !['redis:', 'rediss:'].includes(parsed.protocol))
    throw wrong('Characters such as / # ? @ in a password must be written as %2F %23 %3F %40.');
  if (parsed.hostname === '') throw wrong('The host is missing.');
  if (parsed.search !== '' || parsed.hash !== '')
    throw wrong('There is nothing that a ? or # in such a URL could say.');
  const database = /^\/?(\d{0,9})$/.exec(parsed.pathname)?.[1];
  if (database === undefined) throw wrong('The database is a number.');
  const tls = parsed.protocol === 'rediss:';
  const port = parsed.port === '' ? defaultPort : Number(parsed.port);
  const shown = `${parsed.protocol}//${parsed.hostname}:${port}${database === '' ? '' : `/${database}`}`;
  try {
    return {
      host: parsed.hostname.replace(/^\[(.*)\]$/, '$1'),
      port,
      tls,
      username: optional(parsed.username),
      password: optional(parsed.password),
      database: Number(database),
      text: shown,
    };
  } catch {
    throw wrong('User or password holds a % that begins no %XX.');
  }
}

/** A password may hold what ends the authority of a URL when nobody has escaped it: everything up to the last @ goes. */
function masked(url: string): string {
  return url.replace(/\/\/.*@/s, '//***@');
}

function optional(part: string): string | undefined {
  return part === '' ? undefined : decodeURIComponent(part);
}
