import type { JsonValue, Update } from '../base/update.ts';

/**
 * Content as it stands in JSON. Bytes become a base64 string, and only then there is a field `encoding: 'base64'`, so that a
 * string and bytes cannot be taken for each other.
 */
export function jsonContent(content: Update['content']): { content: JsonValue; encoding?: 'base64' } {
  if (!(content instanceof Uint8Array)) return { content };
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  return { content: bytes.toString('base64'), encoding: 'base64' };
}
