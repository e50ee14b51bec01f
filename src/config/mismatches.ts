import { parseIsoTime } from '../base/iso-time.ts';

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
  readonly subscriptions: Readonly<Record<string, { readonly from: string }>>;
}

export interface Mismatch {
  readonly path: readonly string[];
  readonly message: string;
}

/** What no single setting can tell. */
export function mismatches({ poll, retry, publish, janitor, read, subscriptions }: Related): Mismatch[] {
  const found: Mismatch[] = [];
  const fail = (path: readonly string[], message: string) => found.push({ path, message });
  if (poll.maxMs < poll.minMs)
    fail(['poll', 'maxMs'], `expected at least poll.minMs (${poll.minMs}), got ${poll.maxMs}`);
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
  for (const [name, { from }] of Object.entries(subscriptions)) {
    if (from === 'earliest' || from === 'latest' || parseIsoTime(from) !== undefined) continue;
    const examples = '"earliest", "latest" or a time such as "2026-03-01T12:00:00Z"';
    fail(['subscriptions', name, 'from'], `expected ${examples}, got ${JSON.stringify(from)}`);
  }
  return found;
}
