import { parseIsoTime } from '../base/iso-time.ts';
import { hintMismatches } from './hint-mismatches.ts';
import type { Mismatch } from './mismatch.ts';
import { pathMismatches } from './path-mismatches.ts';
import type { SinkSettings } from './sink-settings.ts';
import { SECOND } from './units.ts';

/** The settings that have to fit to one another. */
interface Related {
  readonly poll: { readonly minMs: number; readonly maxMs: number };
  readonly retry: { readonly baseMs: number; readonly capMs: number };
  readonly publish: {
    readonly retireAfterMs: number;
    readonly maxSegmentBytes: number;
    readonly maxUpdateBytes: number;
  };
  readonly janitor: { readonly quietMs: number };
  readonly read: { readonly maxSegmentBytes: number };
  readonly objects: {
    readonly pollMinMs: number;
    readonly pollMaxMs: number;
    readonly publish: boolean;
    readonly maxBytes: number;
  };
  readonly encryption: { readonly active?: string | undefined };
  readonly http: { readonly enabled: boolean };
  readonly hints: Parameters<typeof hintMismatches>[0]['hints'];
  readonly index: { readonly enabled: boolean; readonly layout: 'log' | 'objects' | 'both' };
  readonly heartbeat: { readonly intervalMs: number };
  readonly snapshots: { readonly write: 'never' | 'claim' | 'always' };
  readonly watch: readonly { readonly path: string }[];
  readonly redis: readonly RedisSource[];
  readonly subscriptions: Readonly<Record<string, RelatedSubscription>>;
}

interface RelatedSubscription {
  readonly from: string;
  readonly parse: 'none' | 'feed';
  readonly sink?: SinkSettings | undefined;
  readonly handler?: string | undefined;
}

interface RedisSource {
  readonly channel?: string | undefined;
  readonly list?: string | undefined;
  readonly message: 'path' | 'update';
  readonly path?: string | undefined;
}

/** Bytes stand in an object in base64, between fields of its own. */
const objectOverhead = 1.5;

const inTheClear =
  'expected false while encryption.active is set, got true: objects are written in the clear, for anybody who can read the bucket. Publish them from a server without encryption.active, or leave them out';

const noSink =
  'expected a section such as { type: stdout } or { type: webhook }, or `handler` instead, got nothing';

const noParsing =
  'expected none beside handler, whose threads get documents as they were published, got feed. Use a sink, or parse in the handler';

/** What no single setting can tell. */
export function mismatches(settings: Related): Mismatch[] {
  const { poll, retry, publish, janitor, read, objects, encryption, redis, subscriptions } = settings;
  const found = [...pathMismatches(settings), ...hintMismatches(settings)];
  const fail = (path: Mismatch['path'], message: string) => found.push({ path, message });
  if (poll.maxMs < poll.minMs)
    fail(['poll', 'maxMs'], `expected at least poll.minMs (${poll.minMs}), got ${poll.maxMs}`);
  if (objects.pollMaxMs < objects.pollMinMs) {
    const least = `objects.pollMinMs (${objects.pollMinMs})`;
    fail(['objects', 'pollMaxMs'], `expected at least ${least}, got ${objects.pollMaxMs}`);
  }
  if (objects.publish) {
    if (encryption.active !== undefined) fail(['objects', 'publish'], inTheClear);
    const largest = Math.ceil(publish.maxUpdateBytes * objectOverhead);
    const enough = `at least ${largest}, for readers refuse what is larger than publish.maxUpdateBytes may become`;
    if (objects.maxBytes < largest)
      fail(['objects', 'maxBytes'], `expected ${enough}, got ${objects.maxBytes}`);
  }
  if (retry.capMs < retry.baseMs)
    fail(['retry', 'capMs'], `expected at least retry.baseMs (${retry.baseMs}), got ${retry.capMs}`);
  // A writer whose tip may have been parked must never write another segment.
  if (publish.retireAfterMs >= janitor.quietMs)
    fail(
      ['publish', 'retireAfterMs'],
      `expected less than janitor.quietMs (${janitor.quietMs}), got ${publish.retireAfterMs}`,
    );
  for (const name of ['maxSegmentBytes', 'maxUpdateBytes'] as const) {
    if (publish[name] <= read.maxSegmentBytes) continue;
    const limit = `read.maxSegmentBytes (${read.maxSegmentBytes})`;
    fail(
      ['publish', name],
      `expected at most ${limit}, for readers refuse what is larger, got ${publish[name]}`,
    );
  }
  if (settings.snapshots.write !== 'never' && !settings.index.enabled)
    fail(
      ['snapshots', 'write'],
      `expected never while index.enabled is false, for snapshots are made of the index, got ${settings.snapshots.write}`,
    );
  if (settings.snapshots.write !== 'never' && settings.index.layout === 'objects')
    fail(
      ['snapshots', 'write'],
      `expected never while index.layout is objects, which has no positions that a snapshot could stand for, got ${settings.snapshots.write}`,
    );
  const { intervalMs } = settings.heartbeat;
  if (intervalMs > 0 && intervalMs < SECOND)
    fail(['heartbeat', 'intervalMs'], `expected 0 (never) or at least ${SECOND}, got ${intervalMs}`);
  for (const [index, source] of redis.entries()) {
    if ((source.channel === undefined) === (source.list === undefined))
      fail(['redis', index], `expected either channel or list, got ${given(source.channel)}`);
    if (source.message === 'path' && source.path === undefined)
      fail(['redis', index, 'path'], 'expected the directory that announced files must lie in, got nothing');
  }
  for (const [name, { from, parse, sink, handler }] of Object.entries(subscriptions)) {
    if (sink !== undefined && handler !== undefined)
      fail(['subscriptions', name], 'expected either sink or handler, got both');
    if (sink === undefined && handler === undefined) fail(['subscriptions', name, 'sink'], noSink);
    if (handler !== undefined && parse !== 'none') fail(['subscriptions', name, 'parse'], noParsing);
    if (sink?.type === 'redis' && (sink.channel === undefined) === (sink.stream === undefined))
      fail(['subscriptions', name, 'sink'], `expected either channel or stream, got ${given(sink.channel)}`);
    else if (sink?.type === 'redis' && sink.channel !== undefined && sink.maxLength !== undefined)
      fail(
        ['subscriptions', name, 'sink', 'maxLength'],
        `expected nothing beside channel, which keeps no entries, got ${sink.maxLength}`,
      );
    if (startWords.includes(from) || parseIsoTime(from) !== undefined) continue;
    const examples = '"earliest", "latest", "snapshot" or a time such as "2026-03-01T12:00:00Z"';
    fail(['subscriptions', name, 'from'], `expected ${examples}, got ${JSON.stringify(from)}`);
  }
  return found;
}

function given(one: string | undefined): string {
  return one === undefined ? 'neither' : 'both';
}

/** Where a subscription can begin, besides a time. */
const startWords: readonly string[] = ['earliest', 'latest', 'snapshot'];
