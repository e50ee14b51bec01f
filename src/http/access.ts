import { bearerOf, Secret } from '../base/secret.ts';
import { isLoopback } from './listen-address.ts';

/** What of a request decides whether it is let in. */
export interface Caller {
  readonly authorization: string | undefined;
  readonly remoteAddress: string | undefined;
}

/** Who may ask for more than whether the node is alive. */
export class Access {
  readonly #token: Secret | undefined;
  readonly #ownToken: Secret;

  /** `token` is the operator's; `ownToken` that of `node.json`, good for whoever can read that file on this machine. */
  constructor(token: string | undefined, ownToken: string) {
    this.#token = token === undefined ? undefined : new Secret(token);
    this.#ownToken = new Secret(ownToken);
  }

  /** Without an operator's token the server listens on loopback only, and everybody there may enter. */
  mayEnter({ authorization, remoteAddress }: Caller): boolean {
    if (this.#token === undefined) return true;
    const given = bearerOf(authorization);
    if (given === undefined) return false;
    // Both are always compared.
    const isToken = this.#token.equals(given);
    const isOwn = this.#ownToken.equals(given);
    return isToken || (isOwn && remoteAddress !== undefined && isLoopback(remoteAddress));
  }
}
