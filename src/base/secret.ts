import { createHash, timingSafeEqual } from 'node:crypto';

/** Something that callers have to know, kept as its digest and compared in a time that says nothing of it. */
export class Secret {
  readonly #digest: Buffer;

  constructor(text: string) {
    this.#digest = digest(text);
  }

  /** Bytes, or text that stands for its UTF-8. Digests have one length, so that of what is given does not show either. */
  equals(given: string | Uint8Array): boolean {
    return timingSafeEqual(digest(given), this.#digest);
  }
}

/** What stands behind `Bearer` in an `Authorization` header. Node reads headers as Latin-1, whatever bytes they hold. */
export function bearerOf(authorization: string | undefined): Uint8Array | undefined {
  const given = /^Bearer +(.+?) *$/i.exec(authorization ?? '')?.[1];
  return given === undefined ? undefined : Buffer.from(given, 'latin1');
}

function digest(text: string | Uint8Array): Buffer {
  return createHash('sha256').update(text).digest();
}
