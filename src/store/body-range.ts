import { BucketcastError } from '../base/errors.ts';
import type { GetOptions } from './object-store.ts';

/** The bytes of an object of `size` that a read asks for: `[start, end)`, cut to the object. */
export function bodyRange(size: number, range: GetOptions['range']): { start: number; end: number } {
  if (range === undefined) return { start: 0, end: size };
  const start = Math.min(range.start, size);
  return { start, end: Math.max(start, Math.min(range.end, size)) };
}

/** @throws BucketcastError `store-refused` with `details.size` when the body is larger than the caller takes */
export function checkBodySize(key: string, bytes: number, maxBytes: number | undefined): void {
  if (maxBytes === undefined || bytes <= maxBytes) return;
  throw new BucketcastError('store-refused', `${key} has ${bytes} bytes, more than the ${maxBytes} allowed`, {
    details: { key, operation: 'get', size: bytes, maxBytes },
  });
}
