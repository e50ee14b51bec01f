import type { Mismatch } from './mismatch.ts';

interface RelatedHints {
  readonly http: { readonly enabled: boolean };
  readonly hints: {
    readonly nats?: NatsCredentials | undefined;
    readonly zeromq?: { readonly bind?: string | undefined; readonly connect: readonly string[] } | undefined;
    readonly sqs?: { readonly queueUrl: string } | undefined;
    readonly webhook?:
      | { readonly peers: readonly string[]; readonly snsTopics: readonly string[] }
      | undefined;
  };
}

interface NatsCredentials {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly token?: string | undefined;
}

const deaf =
  'while http.enabled is false, for hints by webhook come to the HTTP of the node. Enable it, or leave this out';

/** Ways of hints that can neither tell nor hear anything, and credentials that are half of some. Repeats no secret. */
export function hintMismatches({ http, hints }: RelatedHints): Mismatch[] {
  const { nats, zeromq, webhook, sqs } = hints;
  const found: Mismatch[] = nats === undefined ? [] : natsMismatches(nats);
  const fail = (path: Mismatch['path'], message: string) => found.push({ path, message });
  if (zeromq !== undefined && zeromq.bind === undefined && zeromq.connect.length === 0)
    fail(['hints', 'zeromq'], 'expected bind, connect, or both, got neither');
  if (sqs !== undefined && new URL(sqs.queueUrl).username !== '')
    fail(
      ['hints', 'sqs', 'queueUrl'],
      'expected no user and password in it: credentials are those of the store',
    );
  if (webhook !== undefined && !http.enabled) {
    if (webhook.snsTopics.length > 0) fail(['hints', 'webhook', 'snsTopics'], `expected none ${deaf}`);
    else if (webhook.peers.length === 0)
      fail(['hints', 'webhook', 'peers'], `expected other nodes to tell ${deaf}`);
  }
  return found;
}

function natsMismatches({ user, password, token }: NatsCredentials): Mismatch[] {
  const found: Mismatch[] = [];
  const fail = (name: string, message: string) => found.push({ path: ['hints', 'nats', name], message });
  if (user !== undefined && token !== undefined) fail('token', 'expected none beside hints.nats.user');
  else if (user !== undefined && password === undefined)
    fail('password', 'expected one, for hints.nats.user is set, got nothing');
  if (user === undefined && password !== undefined)
    fail('user', 'expected one, for hints.nats.password is set, got nothing');
  return found;
}
