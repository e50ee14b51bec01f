import type { Clock } from '../base/clock.ts';
import type { NodeEmitter } from '../base/events.ts';
import type { Random } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';
import { MINUTE } from '../config/units.ts';
import { snapshotName } from '../log/snapshot-keys.ts';
import type { Fleet } from '../log/tip-mac.ts';
import { cleanSnapshots } from '../snapshots/clean-snapshots.ts';
import { KnownSnapshots, type SnapshotsSeen } from '../snapshots/known-snapshots.ts';
import { writeSnapshot } from '../snapshots/write-snapshot.ts';
import type { State } from '../state/state.ts';
import type { ObjectStore } from '../store/object-store.ts';

/** The right to write: `signal` aborts when somebody else may have it. */
export interface WriterClaim {
  readonly signal: AbortSignal;
  release(): Promise<void>;
}

export interface SnapshotWriterParts {
  readonly settings: Settings['snapshots'];
  readonly store: ObjectStore;
  readonly fleet: Fleet;
  readonly state: State;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: NodeEmitter;
  readonly server: string;
  /** The subscription that keeps the index. */
  readonly reader: string;
  /** Whether the index has yet to take up what the last complete poll found. */
  isBehind(): boolean;
  /** For `write: claim`; `undefined` when somebody else has it. */
  claim?(): Promise<WriterClaim | undefined>;
}

/** What came of a round: written; not due yet; not now, because the index is behind, or another node writes. */
export type RoundOutcome = 'written' | 'fresh' | 'behind' | 'claimed';

/** What an operator is told. Times are the store's, ms since the epoch. */
export interface SnapshotsSnapshot {
  /** Whether this node is to write, and is just now. */
  readonly writes: Settings['snapshots']['write'];
  readonly isWriting: boolean;
  readonly intervalMs: number;
  /** Absent while there is none, or nobody has looked yet. */
  readonly newest?: {
    readonly name: string;
    readonly server: string;
    readonly writtenAt: number;
    readonly ageMs: number;
    readonly urls: number;
    readonly bytes: number;
  };
  readonly complete: number;
  /** Whether one that is newer than `newest` does not verify. */
  readonly isNewestBad: boolean;
  /** Since when this node has looked and found none that is young enough; monotonic, ms ago. */
  readonly overdueMs: number;
  readonly lastOutcome?: RoundOutcome;
  readonly failures: number;
  readonly error?: unknown;
}

/**
 * Writes a snapshot of the index when the newest one of the fleet has grown old, by the store's clock. Any number of nodes may do so
 * at once, which only repeats work: each writes under a name of its own, and what is not finished counts for nothing.
 */
export class SnapshotWriter {
  readonly known: KnownSnapshots;
  readonly #parts: SnapshotWriterParts;
  readonly #ended = new AbortController();
  readonly #startedAt: number;
  #running: Promise<void> | undefined;
  #isWriting = false;
  /** Monotonic: the last time that a young enough snapshot was seen. */
  #freshAt: number | undefined;
  #seenAt = 0;
  #lastOutcome: RoundOutcome | undefined;
  #failures = 0;
  #error: unknown;

  constructor(parts: SnapshotWriterParts) {
    this.#parts = parts;
    this.#startedAt = parts.clock.monotonic();
    this.known = new KnownSnapshots({ ...parts, signal: this.#ended.signal });
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** What is under way is aborted; its parts are deleted by whoever cleans up later. Idempotent. */
  async stop(): Promise<void> {
    this.#ended.abort();
    await this.#running;
  }

  /** One round. Throws when the store is in trouble; the snapshots that stand are not touched by that. */
  async runOnce(): Promise<RoundOutcome> {
    const outcome = await this.#round();
    this.#lastOutcome = outcome;
    this.#failures = 0;
    this.#error = undefined;
    return outcome;
  }

  snapshot(): SnapshotsSnapshot {
    const { settings, clock } = this.#parts;
    const { last } = this.known;
    const [newest] = last?.complete ?? [];
    const sinceLook = clock.monotonic() - this.#seenAt;
    return {
      writes: settings.write,
      isWriting: this.#isWriting,
      intervalMs: settings.intervalMs,
      ...(newest && {
        newest: {
          name: snapshotName(newest.snapshot),
          server: newest.manifest.server,
          writtenAt: newest.manifest.writtenAt,
          ageMs: Math.max(0, (last?.time ?? 0) - newest.manifest.writtenAt + sinceLook),
          urls: newest.manifest.parts.reduce((sum, { urls }) => sum + urls, 0),
          bytes: newest.manifest.parts.reduce((sum, { storedBytes }) => sum + storedBytes, 0),
        },
      }),
      complete: last?.complete.length ?? 0,
      isNewestBad: last?.isNewestBad ?? false,
      overdueMs: clock.monotonic() - (this.#freshAt ?? this.#startedAt),
      ...(this.#lastOutcome && { lastOutcome: this.#lastOutcome }),
      failures: this.#failures,
      ...(this.#failures > 0 && { error: this.#error }),
    };
  }

  async #run(): Promise<void> {
    const { settings, clock, random, events } = this.#parts;
    const { signal } = this.#ended;
    const lookMs = Math.min(settings.intervalMs / 4, 5 * MINUTE);
    while (!signal.aborted) {
      try {
        await clock.sleep(lookMs * (0.5 + random.float()), signal);
        await this.runOnce();
      } catch (error) {
        if (signal.aborted) return;
        this.#failures += 1;
        this.#error = error;
        events.emit('snapshot-failed', { error });
      }
    }
  }

  async #round(): Promise<RoundOutcome> {
    const { settings } = this.#parts;
    if (!this.#isDue(await this.#look()) || settings.write === 'never') return 'fresh';
    if (this.#parts.isBehind()) return 'behind';
    if (settings.write === 'always') return this.#write(this.#ended.signal);
    const held = await this.#parts.claim?.();
    if (held === undefined) return 'claimed';
    try {
      return await this.#write(AbortSignal.any([this.#ended.signal, held.signal]));
    } finally {
      await held.release();
    }
  }

  async #write(signal: AbortSignal): Promise<RoundOutcome> {
    const { settings, clock, events } = this.#parts;
    // Whoever had the claim before may have just written one.
    const seen = await this.#look();
    if (!this.#isDue(seen)) return 'fresh';
    const startedAt = clock.monotonic();
    this.#isWriting = true;
    try {
      const rev = Math.max(seen.rev + 1, seen.time);
      const found = await writeSnapshot(rev, seen.time, { ...this.#parts, ...settings, signal });
      this.known.wrote(found);
      this.#freshAt = clock.monotonic();
      const { parts } = found.manifest;
      events.emit('snapshot-written', {
        snapshot: snapshotName(found.snapshot),
        urls: parts.reduce((sum, { urls }) => sum + urls, 0),
        parts: parts.length,
        bytes: parts.reduce((sum, { storedBytes }) => sum + storedBytes, 0),
        durationMs: clock.monotonic() - startedAt,
      });
      await cleanSnapshots({ ...this.#parts, ...settings, signal });
    } finally {
      this.#isWriting = false;
    }
    return 'written';
  }

  async #look(): Promise<SnapshotsSeen> {
    const seen = await this.known.look();
    this.#seenAt = this.#parts.clock.monotonic();
    if (!this.#isDue(seen)) this.#freshAt = this.#seenAt;
    return seen;
  }

  #isDue({ complete: [newest], time }: SnapshotsSeen): boolean {
    return newest === undefined || time - newest.manifest.writtenAt >= this.#parts.settings.intervalMs;
  }
}
