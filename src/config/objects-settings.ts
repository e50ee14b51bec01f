import { z } from 'zod';
import { bytes, count, ms, section } from './setting-values.ts';
import { DAY, KiB, MiB, SECOND } from './units.ts';

/** Objects layout: one JSON object per update, as older fleets and anything that can PUT write it. */
export const objects = section({
  url: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Where the objects layout lies, written like `store.url` and opened with the same credentials. Default: the bucket of `store.url`, without its prefix.',
    ),
  prefix: z
    .string()
    .regex(/^([^/]+\/)+$/)
    .meta({ form: 'names with a `/` behind each, such as `feed-updates/`' })
    .default('feed-updates/')
    .describe('What the keys of its objects begin with; `<server>/<name>.json` follows.'),
  publish: z
    .boolean()
    .default(false)
    .describe(
      'Whether every update is also written as an object, for readers of that layout. `publish()` then waits for both. Objects are never sealed, so not with `encryption.active`.',
    ),
  maxBytes: bytes(KiB)
    .default(32 * MiB)
    .describe('Largest object that is read, bytes. A larger one becomes a dead letter.'),
  shardPages: count()
    .default(8)
    .describe(
      'Pages of a listing (1,000 keys each) that one thread lists one after the other. A longer listing is divided over the threads.',
    ),
  pollMinMs: ms(1)
    .default(2 * SECOND)
    .describe('Shortest time between two listings of the objects, milliseconds.'),
  pollMaxMs: ms(1)
    .default(30 * SECOND)
    .describe('Longest time between two listings while they find nothing, milliseconds.'),
  maxAgeMs: ms()
    .default(7 * DAY)
    .describe(
      "Objects in this server's own folder older than this (by the store's clock) are deleted, milliseconds; 0 keeps them. Only where `objects.publish` is on.",
    ),
});
