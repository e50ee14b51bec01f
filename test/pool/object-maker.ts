import { createHash } from 'node:crypto';
import type { ObjectTask } from '../../src/log/object-reader.ts';
import { versionDigest } from '../../src/log/version-digest.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';

export const prefix = 'feed-updates/';

/** As the older fleets name and write it. */
export function objectOf(server: string, number: number): { key: string; body: Buffer } {
  const url = `https://example.com/${number}`;
  const name = createHash('md5').update(url).digest('hex');
  const body = {
    url,
    feed_content: { number },
    feed_data: {},
    server_id: server,
    timestamp: 1_700_000_000.5,
  };
  return { key: `${prefix}${server}/${name}_1700000000.json`, body: Buffer.from(JSON.stringify(body)) };
}

/** Bodies that no honest writer makes, each with a key of its own. */
export const hostileBodies: Readonly<Record<string, () => Uint8Array>> = {
  'a million levels of brackets': () => Buffer.from(`{"url":"u","feed_content":${'['.repeat(1_000_000)}`),
  'a million levels, closed again': () =>
    Buffer.from(`{"url":"u","feed_content":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`),
  'a million levels of objects': () => Buffer.from('{"":'.repeat(1_000_000)),
  'nothing but spaces': () => Buffer.alloc(3_000_000, ' '),
  nothing: () => new Uint8Array(),
  'no UTF-8': () => Buffer.concat([Buffer.from('{"url":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
  'JSON that ends in the middle': () => objectOf('a', 1).body.subarray(0, 40),
  'another type': () => Buffer.from('[1,2,3]'),
  'a URL that is none': () => Buffer.from('{"url":{"__proto__":{"x":1}}}'),
};

/** The task for an object, as a listing would give it. */
export async function taskFor(store: Pick<ObjectStore, 'head'>, key: string): Promise<ObjectTask> {
  const head = await store.head(key);
  const { size, etag, lastModified } =
    head.status === 'found' ? head : { size: 0, etag: '', lastModified: 0 };
  return { key, size, lastModified, digest: versionDigest({ key, etag, lastModified }).toString('hex') };
}
