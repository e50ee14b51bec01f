import type { Readable } from 'node:stream';
import { checkBodySize } from './body-range.ts';

/**
 * The whole body in a buffer of its own. A body that is not wanted is destroyed with its socket: left unread, it would
 * keep the socket from everybody else.
 *
 * @throws BucketcastError `store-refused` when it is larger than `maxBytes`, before reading it
 * @throws Error when the connection breaks before the announced length
 */
export async function readBody(
  key: string,
  body: Readable,
  length: number,
  maxBytes: number | undefined,
): Promise<Uint8Array> {
  try {
    checkBodySize(key, length, maxBytes);
    const bytes = new Uint8Array(length);
    let at = 0;
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      if (at + chunk.byteLength > length)
        throw new Error(`the body is longer than the ${length} bytes announced`);
      bytes.set(chunk, at);
      at += chunk.byteLength;
    }
    if (at !== length) throw new Error(`the body ended after ${at} of ${length} bytes`);
    return bytes;
  } catch (error) {
    body.on('error', () => {}).destroy();
    throw error;
  }
}

/** Size of the whole object from `Content-Range: bytes 0-9/100`. */
export function sizeFromContentRange(header: string | undefined): number | undefined {
  const match = /\/(\d+)$/.exec(header ?? '');
  return match === null ? undefined : Number(match[1]);
}
