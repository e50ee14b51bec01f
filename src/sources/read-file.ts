import type { BigIntStats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { stampOf } from './file-stamp.ts';
import { isNotOpened, type NotOpened, notOpened, openWithin } from './open-within.ts';

export interface FileBytes {
  readonly kind: 'bytes';
  readonly bytes: Buffer;
  readonly stats: BigIntStats;
}

/** `changing`: it was written to while it was read. */
export type FileRead = FileBytes | NotOpened | { readonly kind: 'changing' };

/** All of a regular file within `root`, as it stood at one moment. Takes no more than `maxBytes` into memory. */
export async function readWithin(root: string, path: string, maxBytes: number): Promise<FileRead> {
  const handle = await openWithin(root, path);
  if (isNotOpened(handle)) return handle;
  try {
    const before = await handle.stat({ bigint: true });
    if (before.size > maxBytes) {
      return { kind: 'refused', reason: `has ${before.size} bytes, more than maxBytes (${maxBytes})` };
    }
    const bytes = await readUpTo(handle, Number(before.size) + 1);
    const after = await handle.stat({ bigint: true });
    if (bytes.length !== Number(before.size) || stampOf(after) !== stampOf(before))
      return { kind: 'changing' };
    return { kind: 'bytes', bytes, stats: after };
  } catch (error) {
    return notOpened(error);
  } finally {
    await handle.close();
  }
}

async function readUpTo(handle: FileHandle, most: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(most);
  let length = 0;
  while (length < most) {
    const { bytesRead } = await handle.read(buffer, length, most - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return buffer.subarray(0, length);
}
