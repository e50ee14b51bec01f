import type { Clock } from '../base/clock.ts';
import type { NodeEmitter } from '../base/events.ts';
import { MINUTE, SECOND } from '../config/units.ts';
import type { CountedCost } from './cost-projection.ts';

/** What a node remembers of its life beyond what it is doing just now; of bounded size. */
export interface HistorySnapshot {
  /** Subscriptions that may have missed something unseen, at most 100. */
  readonly unknownLosses: readonly string[];
  readonly lostSegments: number;
  readonly distrusted: { readonly count: number; readonly lastKey: string | undefined };
  readonly crashes: {
    readonly count: number;
    readonly actor: string | undefined;
    readonly error: unknown;
    readonly agoMs: number | undefined;
  };
  readonly threadsLost: number;
  /** Times that tips, or what the state directory knows of its own writers, went back. */
  readonly rewinds: { readonly count: number; readonly lastWriter: string | undefined };
  /** What the requests had come to 10 minutes ago or a little more, or at the start: to compare with. */
  readonly before: (CountedCost & { readonly agoMs: number }) | undefined;
}

export interface HistoryParts {
  readonly events: NodeEmitter;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** The requests sent so far. */
  readonly cost: () => CountedCost;
}

const mostNames = 100;
const sampleEveryMs = 10 * SECOND;
const window = 10 * MINUTE;

/**
 * Listens to a node's events from its start. Every poll, complete or not, is a moment to note what the requests have come to:
 * so an idle node needs no timer for it.
 */
export class NodeHistory {
  readonly #parts: HistoryParts;
  readonly #samples: (CountedCost & { readonly at: number })[] = [];
  readonly #unknownLosses = new Set<string>();
  #lostSegments = 0;
  #distrusted: HistorySnapshot['distrusted'] = { count: 0, lastKey: undefined };
  #crash: { readonly actor: string; readonly error: unknown; readonly at: number } | undefined;
  #crashes = 0;
  #threadsLost = 0;
  #rewinds: HistorySnapshot['rewinds'] = { count: 0, lastWriter: undefined };

  constructor(parts: HistoryParts) {
    const { events, clock } = parts;
    this.#parts = parts;
    this.#sample();
    events.on('poll', () => this.#sample());
    events.on('poll-failed', () => this.#sample());
    events.on('unknown-loss', ({ subscription }) => {
      if (this.#unknownLosses.size < mostNames) this.#unknownLosses.add(subscription);
    });
    events.on('gap', ({ from, to }) => (this.#lostSegments += to - from));
    events.on('thread-lost', () => (this.#threadsLost += 1));
    events.on('rewound', ({ writer }) => {
      this.#rewinds = { count: this.#rewinds.count + 1, lastWriter: writer };
    });
    events.on('distrusted', ({ key }) => {
      this.#distrusted = { count: this.#distrusted.count + 1, lastKey: key };
    });
    events.on('crashed', ({ actor, error }) => {
      this.#crashes += 1;
      this.#crash = { actor, error, at: clock.monotonic() };
    });
  }

  snapshot(): HistorySnapshot {
    const now = this.#parts.clock.monotonic();
    const before = this.#samples.findLast(({ at }) => now - at >= window) ?? this.#samples[0];
    return {
      unknownLosses: [...this.#unknownLosses],
      lostSegments: this.#lostSegments,
      distrusted: this.#distrusted,
      crashes: {
        count: this.#crashes,
        actor: this.#crash?.actor,
        error: this.#crash?.error,
        agoMs: this.#crash && now - this.#crash.at,
      },
      threadsLost: this.#threadsLost,
      rewinds: this.#rewinds,
      before: before && { requests: before.requests, dollars: before.dollars, agoMs: now - before.at },
    };
  }

  #sample(): void {
    const at = this.#parts.clock.monotonic();
    const last = this.#samples.at(-1);
    if (last && at - last.at < sampleEveryMs) return;
    this.#samples.push({ ...this.#parts.cost(), at });
    while ((this.#samples[1]?.at ?? at) <= at - window) this.#samples.shift();
  }
}
