import { BucketcastError } from '../base/errors.ts';
import type { NatsServer } from './nats-server.ts';

/** What went wrong with a NATS server, in plain words and with advice: `source-unavailable`. Names the server, no user. */
export function natsTrouble(error: unknown, server: NatsServer): BucketcastError {
  if (error instanceof BucketcastError) return error;
  const { code, name, message, cause } = (error ?? {}) as {
    readonly code?: unknown;
    readonly name?: unknown;
    readonly message?: unknown;
    readonly cause?: { readonly code?: unknown };
  };
  const kind = [code, cause?.code, name].find((word) => typeof word === 'string') ?? 'closed';
  const says = typeof message === 'string' && message !== '' ? message : 'the connection was closed';
  const hint = hintOf(`${kind} ${says}`, server);
  return new BucketcastError('source-unavailable', `NATS at ${server.text} cannot be used (${says})`, {
    ...(hint !== undefined && { hint }),
    cause: error,
    details: { errno: kind },
  });
}

/** A hint that the server would not take. */
export function tooLarge(bytes: number, mostBytes: number, server: NatsServer): BucketcastError {
  const message = `NATS at ${server.text} takes no hint of ${bytes} bytes, at most ${mostBytes}`;
  return new BucketcastError('source-unavailable', message, {
    hint: 'Raise max_payload of the server, or lower hints.inlineBytes.',
    details: { errno: 'max_payload' },
  });
}

const hints: readonly (readonly [RegExp, string])[] = [
  [
    /ECONNREFUSED|connection refused/i,
    'Nobody listens there: is the server running, and are host and port right?',
  ],
  [/ENOTFOUND/, 'The host name is not known.'],
  [/EHOSTUNREACH/, 'There is no way to this host.'],
  [
    /Permissions Violation/i,
    'The user may not do this: it needs both, to publish and to subscribe to hints.nats.subject.',
  ],
  [
    /Authorization|Authentication/i,
    'The server wants other credentials: hints.nats.user and password, or token.',
  ],
  [
    /does not support 'tls'/i,
    'The server has no TLS: nats:// instead of tls://, if it is to go in the clear.',
  ],
  [/ALTNAME/, 'The certificate of the server is for another name than that in hints.nats.servers.'],
  [
    /SELF_SIGNED|UNABLE_TO_|CERT_/,
    'The certificate is not one that Node trusts: name its authority in NODE_EXTRA_CA_CERTS.',
  ],
  [/unexpected response/i, 'Is this a NATS server?'],
];

function hintOf(text: string, { tls }: NatsServer): string | undefined {
  const found = hints.find(([pattern]) => pattern.test(text))?.[1];
  if (found !== undefined) return found;
  return tls && /EPROTO|ERR_SSL/.test(text) ? 'This may be no TLS port.' : undefined;
}
