import { promisify } from 'node:util';
import { constants, zstdCompress, zstdDecompressSync } from 'node:zlib';

/**
 * A compressed body is one zstd frame (RFC 8878) without a dictionary, whose window is at most 8 MiB, the size that
 * the RFC asks every decoder to support. A decoder that allowed more could be made to take 128 MiB by a few bytes.
 */
const maxWindowLog = 23;
const level = 3;
const leastChunk = 64;

const compress = promisify(zstdCompress);

/** In the thread pool, so only worth it, and only used, for larger bodies. */
export function compressBody(body: Uint8Array): Promise<Uint8Array> {
  return compress(body, {
    // All of it in one trip to the pool: what it does not fit into costs a trip for each piece.
    chunkSize: Math.max(leastChunk, body.length),
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_windowLog]: windowLog(body.length),
    },
  });
}

/** `undefined` unless the frame is sound and gives exactly `plainLength` bytes; never takes more memory than that. */
export function decompressBody(stored: Uint8Array, plainLength: number): Uint8Array | undefined {
  try {
    const plain = zstdDecompressSync(stored, {
      chunkSize: Math.max(leastChunk, plainLength),
      maxOutputLength: Math.max(1, plainLength),
      params: { [constants.ZSTD_d_windowLogMax]: maxWindowLog },
    });
    return plain.length === plainLength ? plain : undefined;
  } catch {
    return undefined;
  }
}

function windowLog(length: number): number {
  return Math.min(21, Math.max(10, Math.ceil(Math.log2(Math.max(1, length)))));
}
