import { BucketcastError } from './errors.ts';
import type { RedisAddress } from './redis-address.ts';
import { isReply } from './redis-connection.ts';

/**
 * What went wrong with a Redis server, in plain words and with advice: `sink-unavailable` or `source-unavailable`. Names the
 * server, never its password. What is a `BucketcastError` already stays as it is.
 */
export function redisTrouble(
  error: unknown,
  address: RedisAddress,
  code: 'sink-unavailable' | 'source-unavailable',
): BucketcastError {
  if (error instanceof BucketcastError) return error;
  const { says, kind, hint } = isReply(error)
    ? replyTrouble(error.message)
    : connectionTrouble(error, address);
  return new BucketcastError(code, `Redis at ${address.text} ${says}`, {
    ...(hint !== undefined && { hint }),
    cause: error,
    details: { errno: kind },
  });
}

interface Trouble {
  readonly says: string;
  readonly kind: string;
  readonly hint: string | undefined;
}

/** By the word that an error reply begins with. */
const hintsOfReplies: Readonly<Record<string, string>> = {
  NOAUTH: 'The server wants a password: `redis://:password@host` or `redis://user:password@host`.',
  WRONGPASS: 'User or password are wrong. Characters such as / # ? @ in them are written %2F %23 %3F %40.',
  NOPERM: 'The user may not do this: an ACL has to allow the command and the key or channel.',
  WRONGTYPE: 'Something of another type stands under this key. Choose another name, or delete it.',
  LOADING: 'The server is reading its data from disk, and will be ready by itself.',
  READONLY: 'This is a replica, which cannot be written to. Name the primary in the URL.',
  OOM: 'The server has reached its maxmemory: give it more, or keep less in it (a stream: `maxLength`).',
  MISCONF: 'The server cannot save its data to disk and takes no writes: see its log.',
  MASTERDOWN: 'The replica has lost its primary, and serves no old data.',
  NOREPLICAS: 'Fewer replicas than the server wants are connected: see its min-replicas-to-write.',
  MOVED: 'This is one server of a Redis Cluster, and not that of this key. Name the one that is, or a proxy.',
  CROSSSLOT:
    'In a Redis Cluster the name of the list has to hold a {tag}, so that all of its keys lie on one server.',
  CLUSTERDOWN: 'The Redis Cluster is not complete.',
  DENIED:
    'The server is in protected mode: it takes connections from its own machine only, until it has a password.',
};

function replyTrouble(message: string): Trouble {
  const [word = 'ERR'] = message.split(' ', 1);
  const hint = hintsOfReplies[word] ?? generalHint(message);
  return { says: `answers: ${withoutArguments(message)}`, kind: word, hint };
}

function generalHint(message: string): string | undefined {
  if (/unknown command.*LMOVE/i.test(message)) return 'Taking from a list needs Redis 6.2 or newer.';
  if (/unknown command/i.test(message)) return 'The server is too old, or has this command renamed.';
  if (/max number of clients/.test(message)) return 'Too many connections: see maxclients of the server.';
  if (/AUTH/.test(message)) return 'The server has no password set: leave it out of the URL.';
  if (/DB index/.test(message))
    return 'The server has no such database: see the number at the end of the URL.';
  return undefined;
}

/** An `unknown command` repeats what it was given: contents of ours. */
function withoutArguments(message: string): string {
  return message.replace(/,? with args beginning with:.*$/s, '').slice(0, 300);
}

const hintsOfConnections: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nobody listens there: is the server running, and are host and port right?',
  ENOTFOUND: 'The host name is not known.',
  EHOSTUNREACH: 'There is no way to this host.',
  CERT_HAS_EXPIRED: 'The certificate of the server has expired.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate of the server is for another name than that in the URL.',
};

const untrusted = 'The certificate is not one that Node trusts: name its authority in NODE_EXTRA_CA_CERTS.';
const noTls = 'This may be no TLS port: try redis:// instead of rediss://, or another port.';

function connectionTrouble(error: unknown, address: RedisAddress): Trouble {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  const kind = typeof code === 'string' ? code : ((error as Error | undefined)?.constructor.name ?? 'error');
  const says = `cannot be used (${typeof message === 'string' && message !== '' ? message : kind})`;
  return { says, kind, hint: hintsOfConnections[kind] ?? tlsHint(kind, String(message), address) };
}

function tlsHint(kind: string, message: string, { tls }: RedisAddress): string | undefined {
  if (/SELF_SIGNED|UNABLE_TO_|CERT_UNTRUSTED/.test(kind)) return untrusted;
  if (tls && /EPROTO|ERR_SSL|RedisTimeout/.test(`${kind} ${message}`)) return noTls;
  if (!tls && /ECONNRESET|Socket closed/.test(`${kind} ${message}`))
    return 'Where this port has never worked, it may want TLS: rediss://.';
  return undefined;
}
