import assert from 'node:assert/strict';
import { listAll } from '../../src/store/list-all.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';

export function bytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 0xff);
}

export const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
export const decode = (body: Uint8Array): string => new TextDecoder().decode(body);

export async function found(
  store: ObjectStore,
  key: string,
  options: Parameters<ObjectStore['get']>[1] = {},
) {
  const answer = await store.get(key, options);
  assert.ok(answer.status === 'found', `${JSON.stringify(key)} is ${answer.status}`);
  return answer;
}

export async function keysOf(
  store: ObjectStore,
  prefix: string,
  options: { startAfter?: string; limit?: number } = {},
) {
  const keys: string[] = [];
  for await (const object of listAll(store, prefix, options)) keys.push(object.key);
  return keys;
}

export async function putAll(store: ObjectStore, keys: readonly string[]): Promise<void> {
  const queue = [...keys];
  const worker = async () => {
    for (let key = queue.pop(); key !== undefined; key = queue.pop()) await store.put(key, bytes(10));
  };
  await Promise.all(Array.from({ length: 16 }, worker));
}
