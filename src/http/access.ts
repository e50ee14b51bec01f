import { createHash, timingSafeEqual } from 'node:crypto';
import { isLoopback } from './listen-address.ts';

/** What of a request decides whether it is let in. */
export interface Caller {
  readonly authorization: string | undefined;
  readonly remoteAddress: string | undefined;
}

/** Who may ask for more than whether the node is alive. */
export class Access {
  readonly #token: Buffer | undefined;
  readonly #ownToken: Buffer;

  /** `token` is the operator's; `ownToken` that of `node.json`, good for whoever can read that file on this machine. */
  constructor(token: string | undefined, ownToken: string) {
    this.#token = token === undefined ? undefined : digest(token);
    this.#ownToken = digest(ownToken);
  }

  /** Without an operator's token the server listens on loopback only, and everybody there may enter. */
  mayEnter({ authorization, remoteAddress }: Caller): boolean {
    if (this.#token === undefined) return true;
    const given = /^Bearer +(.+?) *$/i.exec(authorization ?? '')?.[1];
    if (given === undefined) return false;
    // Digests have one length, and comparing them says nothing about the tokens. Both are always compared.
    // Node reads headers as Latin-1, whatever bytes they hold.
    const found = digest(Buffer.from(given, 'latin1'));
    const isToken = timingSafeEqual(found, this.#token);
    const isOwn = timingSafeEqual(found, this.#ownToken);
    return isToken || (isOwn && remoteAddress !== undefined && isLoopback(remoteAddress));
  }
}

function digest(token: string | Buffer): Buffer {
  return createHash('sha256').update(token).digest();
}
