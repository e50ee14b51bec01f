import { z } from 'zod';
import { bytes, count, ms, section } from './setting-values.ts';
import { HOUR, KiB, MINUTE, SECOND } from './units.ts';

/** What servers know of each other's work: the index of the newest update of each URL, claims, snapshots, heartbeats. */
export const index = section({
  enabled: z
    .boolean()
    .default(false)
    .describe('Whether the node keeps the newest update of every URL, to be asked for by `get`.'),
  layout: z
    .enum(['log', 'objects', 'both'])
    .default('log')
    .describe('What it is made from, as `layout` of a subscription.'),
  maxContentBytes: bytes()
    .default(256 * KiB)
    .describe(
      'Content and data up to this size, as published, are kept with it; of larger ones only who, when and the digest, bytes.',
    ),
  maxUrls: count()
    .default(10_000_000)
    .describe('URLs in the index beyond which those updated longest ago are forgotten.'),
});

export const claims = section({
  ttlMs: ms(SECOND)
    .default(MINUTE)
    .describe('How long a claim holds without being renewed, where its caller does not say, milliseconds.'),
  marginMs: ms(SECOND)
    .default(2 * SECOND)
    .describe(
      "How long after its end others leave a claim alone, milliseconds: more than the clocks of a store's gateways differ by, and than ours goes wrong in the time of a claim. A store tells its time in whole seconds.",
    ),
});

export const snapshots = section({
  write: z
    .enum(['never', 'claim', 'always'])
    .default('never')
    .describe(
      'Whether this node writes snapshots of its index: `claim`, when no other node does, which takes a store with conditional writes; `always`, for exactly one node of the fleet. Needs `index.enabled`.',
    ),
  intervalMs: ms(SECOND)
    .default(6 * HOUR)
    .describe('Time between two snapshots of the fleet, milliseconds.'),
  keep: count().default(2).describe('Complete snapshots that are kept; older ones are deleted.'),
  partUrls: count(100).max(1_000_000).default(20_000).describe('Most URLs in one object of a snapshot.'),
  holdRetention: z
    .boolean()
    .default(false)
    .describe(
      'Whether segments are kept, beyond `retention.maxAgeMs`, until a snapshot covers them. Set it everywhere once a node writes snapshots.',
    ),
});

export const heartbeat = section({
  intervalMs: ms()
    .default(0)
    .describe(
      'How often this server says in the bucket that it lives, and looks for the heartbeats of the others, milliseconds, 1,000 or more; 0 is never. A PUT, a DELETE and a LIST each time.',
    ),
  missed: count(2)
    .default(3)
    .describe(
      'Heartbeats of a server that may be missing before it is told to be silent: down, or hidden by the bucket.',
    ),
});
