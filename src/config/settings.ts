import { z } from 'zod';
import { feeds } from './feed-settings.ts';
import { claims, heartbeat, index, snapshots } from './fleet-settings.ts';
import { hints } from './hint-settings.ts';
import { mismatches } from './mismatches.ts';
import { objects } from './objects-settings.ts';
import { http, prices, spool } from './operator-settings.ts';
import { bytes, count, ms, section } from './setting-values.ts';
import { sink } from './sink-settings.ts';
import { redis, watch } from './source-settings.ts';
import { store } from './store-settings.ts';
import { DAY, HOUR, KiB, MINUTE, MiB, SECOND } from './units.ts';

/**
 * Every setting once: its meaning, unit, limits and default. `docs/configuration.md` is made from this file.
 * Settings are plain values; components (store, clock, logger) are handed in separately.
 * `secret` values are never shown, and `secret` or `fromFile` ones can be given as `<name>File` (`secret-file.ts`).
 */

const retry = section({
  attempts: count().default(5).describe('Tries of one request before its caller hears of the failure.'),
  baseMs: ms(1)
    .default(100)
    .describe('First ceiling of the random wait between tries, milliseconds; doubles with each.'),
  capMs: ms(1)
    .default(20 * SECOND)
    .describe('Highest ceiling of the wait between tries, milliseconds.'),
});

const limits = section({
  requestsInFlight: count()
    .default(128)
    .describe('Requests of this host under way at once. Halved on 503/429, then grown back step by step.'),
  requestsPerSecond: z.number().min(0).default(0).describe('Requests a second; 0 is no limit.'),
  uploadBytesPerSecond: bytes().default(0).describe('Bytes a second to the store; 0 is no limit.'),
  downloadBytesPerSecond: bytes().default(0).describe('Bytes a second from the store; 0 is no limit.'),
  bytesInFlight: bytes(MiB)
    .default(256 * MiB)
    .describe('Memory for fetched data not yet acknowledged, bytes.'),
});

const publish = section({
  lanes: count()
    .max(16)
    .default(1)
    .describe('Totally ordered logs that this writer spreads its URLs over; fixed for one run.'),
  maxSegmentBytes: bytes(KiB)
    .default(MiB)
    .describe(
      'A segment is closed at this size before compression, bytes. A larger single update gets its own.',
    ),
  maxSegmentUpdates: count()
    .max(100_000)
    .default(10_000)
    .describe('A segment is closed at this many updates.'),
  maxUpdateBytes: bytes(KiB)
    .default(16 * MiB)
    .describe('Largest single update, encoded, bytes.'),
  maxPendingBytes: bytes(KiB)
    .default(64 * MiB)
    .describe(
      'Memory for updates that wait for the store, bytes; beyond it `publish()` waits (back-pressure).',
    ),
  segmentsInFlight: count().default(4).describe('Segment PUTs under way at once, a lane.'),
  flushIntervalMs: ms()
    .default(20)
    .describe('Least time between two flushes of a lane, milliseconds: caps the request bill.'),
  tipIntervalMs: ms(1)
    .default(SECOND)
    .describe(
      'Least time between two tips while busy, milliseconds. After idleness the tip follows at once.',
    ),
  compressFromBytes: bytes()
    .default(4 * KiB)
    .describe('Segments from this size are compressed with zstd, bytes.'),
  values: z
    .enum(['shaped', 'json'])
    .default('shaped')
    .describe(
      'How JSON content is written: `shaped`, by what values of one make have in common, is read several times faster; `json` is read by every version.',
    ),
  retireAfterMs: ms(SECOND)
    .default(5 * MINUTE)
    .describe(
      'A writer idle for this long starts a new incarnation before it publishes again, milliseconds. Less than `janitor.quietMs` of every node.',
    ),
});

const poll = section({
  minMs: ms(1).default(500).describe('Shortest time between two polls, milliseconds.'),
  maxMs: ms(1)
    .default(10 * SECOND)
    .describe('Longest time between two polls of an idle fleet, milliseconds.'),
  growth: z
    .number()
    .min(1)
    .default(1.5)
    .describe('Factor by which the interval grows with each poll that finds nothing.'),
  hintsPerSecond: z.number().positive().default(2).describe('Polls a second that hints may cause.'),
});

const read = section({
  patienceMs: ms()
    .default(MINUTE)
    .describe(
      'How long a segment that should exist may be missing before the gap is reported, milliseconds.',
    ),
  corruptTries: count()
    .default(3)
    .describe('Fresh GETs of a segment with bad bytes before it becomes a dead letter.'),
  farAhead: count()
    .default(10_000)
    .describe('A lane that claims to be this many segments further than known is confirmed by a HEAD first.'),
  maxSegmentBytes: bytes(KiB)
    .default(64 * MiB)
    .describe('Largest segment, decompressed, that is taken into memory, bytes.'),
  rangeBytes: bytes(64 * KiB)
    .default(8 * MiB)
    .describe('A segment longer than this is read by several GETs at once, each of at most this many bytes.'),
  segmentsAhead: count().default(128).describe('Segments of one lane fetched ahead of delivery.'),
});

const pool = section({
  threads: count()
    .max(64)
    .optional()
    .describe(
      'Worker threads that fetch and parse. Default: one fewer than the processors, for the main thread needs one; at least 1, at most 4.',
    ),
  fetchesPerThread: count().default(32).describe('Fetches under way at once in each thread.'),
  handlerThreads: count()
    .max(64)
    .optional()
    .describe('Threads of each subscription with a `handler`. Default: as many as processors, at most 4.'),
});

const retention = section({
  maxAgeMs: ms(MINUTE)
    .default(7 * DAY)
    .describe("Segments older than this (by the store's clock) are trimmed, milliseconds."),
  marginMs: ms()
    .default(10 * MINUTE)
    .describe('Wait between announcing a trim and deleting, milliseconds.'),
  intervalMs: ms(SECOND)
    .default(10 * MINUTE)
    .describe('How often a writer looks for segments to trim, milliseconds.'),
});

const janitor = section({
  enabled: z
    .boolean()
    .default(true)
    .describe('Whether this node parks silent writers, trims parked lanes and merges batches.'),
  quietMs: ms(SECOND)
    .default(10 * MINUTE)
    .describe('A tip that has not moved for this long is parked, milliseconds (monotonic, jittered).'),
  intervalMs: ms(SECOND)
    .default(HOUR)
    .describe('How often parked lanes are trimmed and batches merged, milliseconds.'),
  mergeFrom: count(2).default(16).describe('Number of parked batches from which they are merged into one.'),
  forgetAfterMs: ms(MINUTE)
    .default(30 * DAY)
    .describe('How long a parked lane is remembered after its last segment was trimmed, milliseconds.'),
});

const encryption = section({
  keys: z
    .array(
      z.strictObject({
        id: z
          .string()
          .regex(/^[a-z0-9]{1,16}$/)
          .describe('Name of the key, `[a-z0-9]{1,16}`; goes into every segment.'),
        secret: z
          .string()
          .regex(/^[0-9a-fA-F]{64}$/)
          .meta({ secret: true })
          .describe('32 bytes in hex.'),
      }),
    )
    .default([])
    .describe('Keys this node can read with.'),
  active: z
    .string()
    .optional()
    .describe('Id of the key that new segments are sealed with. None: they are written in the clear.'),
  required: z
    .boolean()
    .default(false)
    .describe(
      'Refuse what is not sealed or signed: segments, tips, batches, claims, snapshots, heartbeats. Needs `encryption.active`.',
    ),
});

const subscription = z.strictObject({
  from: z
    .string()
    .default('earliest')
    .describe(
      'Where a new subscription begins: `earliest`, `latest`, `snapshot` (the newest update of each URL in the newest snapshot, then what came since), or an ISO time.',
    ),
  layout: z
    .enum(['log', 'objects', 'both'])
    .default('log')
    .describe(
      'What it reads: the `log` of Bucketcast publishers, the `objects` layout, or `both`, where what stands in both comes once.',
    ),
  parse: z
    .enum(['none', 'feed'])
    .default('none')
    .describe('`feed`: RSS, Atom, RDF and JSON Feed documents arrive as normalised entries.'),
  unparsed: z
    .enum(['raw', 'dead-letter'])
    .default('raw')
    .describe('What becomes of an update that `parse` cannot read: delivered as it is, or a dead letter.'),
  sink: sink.optional(),
  handler: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Module whose default export gets the updates, in threads of its own; either this or `sink`. A path, which counts from the directory of the settings file, or a `file:` URL.',
    ),
  maxBatch: count().max(100_000).default(1000).describe('Most updates handed over at once.'),
});

/** For subscriptions made in code. */
export const subscriptionDefaults = subscription.omit({ sink: true, handler: true }).parse({});

const settingsShape = z.strictObject({
  server: z
    .string()
    .regex(/^[a-z0-9.-]{1,63}$/)
    .optional()
    .describe('Stable name of this server, `[a-z0-9.-]{1,63}`. Default: the host name.'),
  state: z.string().min(1).optional().describe('State directory. Default: `.bucketcast/state/<server>`.'),
  store,
  retry,
  limits,
  publish,
  poll,
  read,
  pool,
  retention,
  janitor,
  encryption,
  spool,
  http,
  prices,
  objects,
  feeds,
  hints,
  index,
  claims,
  snapshots,
  heartbeat,
  watch,
  redis,
  subscriptions: z
    .record(z.string().regex(/^[A-Za-z0-9._-]{1,64}$/), subscription)
    .default({})
    .describe('Subscriptions that the node itself serves, by name.'),
  stop: section({
    timeoutMs: ms()
      .default(10 * SECOND)
      .describe('Time a stop may take to drain before it aborts, milliseconds.'),
  }),
  log: section({
    level: z
      .enum(['debug', 'info', 'warn', 'error', 'silent'])
      .default('info')
      .describe('Least severe log line to write.'),
  }),
});

export const settingsSchema = settingsShape.superRefine((settings, context) => {
  for (const { path, message } of mismatches(settings))
    context.addIssue({ code: 'custom', path: [...path], message });
});

/** Checked and complete: no default is filled in anywhere else. */
export type Settings = z.output<typeof settingsSchema>;
/** What a user may write: everything optional. */
export type SettingsInput = z.input<typeof settingsSchema>;

export const defaultSettings: Settings = settingsSchema.parse({});
