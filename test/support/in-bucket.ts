import type { Published, Spooled } from '../../src/publish/published.ts';

/** What a node without a spool answers. */
export function inBucket(published: Published | Spooled): Published {
  if (published.durable !== 'bucket') throw new Error(`update ${published.id} is only in the spool`);
  return published;
}
