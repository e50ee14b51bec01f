import { createHash } from 'node:crypto';
import type { Update } from '../base/update.ts';

/** What a file holds: a string as UTF-8, bytes as they are, nothing for null, other JSON as its text and a newline. */
export function fileContent(content: Update['content']): Uint8Array {
  if (content instanceof Uint8Array) return content;
  if (content === null) return new Uint8Array();
  return Buffer.from(typeof content === 'string' ? content : `${JSON.stringify(content)}\n`);
}

/** What stands beside it, in `<name>.json`. */
export function sidecarContent({ url, data, time, server, id }: Update): Uint8Array {
  const facts = { url, data, time: new Date(time).toISOString(), server, id };
  return Buffer.from(`${JSON.stringify(facts, undefined, 2)}\n`);
}

export function sidecarPath(path: string): string {
  return `${path}.json`;
}

export function contentDigest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
