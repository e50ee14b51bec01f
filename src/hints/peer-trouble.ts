import { STATUS_CODES } from 'node:http';
import { isBucketcastError } from '../base/errors.ts';

/** Why another node did not take a hint. */
export interface PeerTrouble {
  /** Behind its address: `answered 401 Unauthorized`. Repeats nothing that it said, which may be a secret. */
  readonly message: string;
  readonly hint: string;
  /** Whether the same hint may be taken later. */
  readonly again: boolean;
}

/** Undefined for an answer that is a success. */
export function answerTrouble(status: number): PeerTrouble | undefined {
  if (status >= 200 && status < 300) return undefined;
  const message = `answered ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd();
  const again = status >= 500 || status === 429 || status === 408;
  return { message, again, hint: hintsOfAnswers[status] ?? (again ? passing : general) };
}

/** `error`: what the HTTP client threw, or that it took too long. */
export function failureTrouble(error: unknown): PeerTrouble {
  if (isBucketcastError(error)) return { message: error.message, hint: passing, again: true };
  const { code, name = 'no reason is known' } = error as { readonly code?: string; readonly name?: string };
  const reason = code ?? name;
  return { message: `cannot be reached (${reason})`, hint: hintsOfFailures[reason] ?? passing, again: true };
}

const passing = 'It is tried again. If it stays so, see whether the node there runs and can be reached.';
const general = 'Is there a node of Bucketcast at this address of hints.webhook.peers?';

const hintsOfAnswers: Readonly<Record<number, string>> = {
  401: 'hints.webhook.secret has to be the same on both servers.',
  404: 'The node there has no hints.webhook, or the address leads elsewhere.',
};

const untrusted = 'The certificate is not one that Node trusts: name its authority in NODE_EXTRA_CA_CERTS.';

const hintsOfFailures: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nobody listens there: does the node run, and are host and port right?',
  ENOTFOUND: 'The host name is not known.',
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: 'The certificate is for another name than that in hints.webhook.peers.',
};
