import type { Settings } from '../config/settings.ts';
import type { Coordinator } from '../coordinate/coordinator.ts';
import { HintDesk } from '../coordinate/hint-desk.ts';
import { ownWriters } from '../coordinate/own-writers.ts';
import { type Announcer, HintAnnouncer, travels } from '../hints/announcer.ts';
import type { InlineSegment } from '../hints/hint.ts';
import { InlineSegments } from '../hints/inline-segments.ts';
import { type LaneReach, segmentKey } from '../log/keys.ts';
import type { SegmentFetcher } from '../log/segment-fetcher.ts';
import { InlineFetcher } from '../pool/inline-fetcher.ts';
import { type KeyPlace, keyPlace } from '../store/notified-key.ts';
import type { Foundation } from './foundation.ts';
import type { NodeHints } from './node-hints.ts';

export interface HintingParts {
  readonly fleetId: string;
  readonly hints: NodeHints;
  readonly limits: Settings['limits'];
  readonly coordinator: () => Coordinator;
  /** @see HintDeskParts.look */
  readonly look: (keys: readonly string[]) => boolean;
}

/** A segment is fetched at once, or not at all while its sink is away. */
const inlineAgeMs = 30_000;
/** What of `limits.bytesInFlight` they may take. */
const inlineShare = 1 / 16;

/** What hints are for a node in its fleet: told of what it publishes, and making what it hears count for its reading. */
export class Hinting implements Announcer {
  readonly #foundation: Foundation;
  readonly #parts: HintingParts;
  readonly #inline: InlineSegments;
  readonly #announcer: HintAnnouncer;
  readonly #desk: HintDesk;
  readonly #forget: (() => void)[] = [];
  #isThrough = true;

  constructor(foundation: Foundation, parts: HintingParts) {
    const { settings, keys, state, clock, events } = foundation;
    const { fleetId, hints } = parts;
    const fleet = { fleetId, keys };
    this.#foundation = foundation;
    this.#parts = parts;
    this.#inline = new InlineSegments(
      { maxBytes: this.#reserved(parts.limits), maxAgeMs: inlineAgeMs },
      clock,
    );
    const send = (hint: Uint8Array) => hints.send(hint);
    this.#announcer = new HintAnnouncer({ fleet, inlineBytes: settings.hints.inlineBytes, send });
    this.#desk = new HintDesk({
      ...this.#places(),
      fleet,
      coordinator: {
        hint: (writer, lanes) => parts.coordinator().hint(writer, lanes),
        told: (writer, lanes) => parts.coordinator().told(writer, lanes),
        wants: (id, sequence) => parts.coordinator().wants(id, sequence),
      },
      isOwn: ownWriters(state),
      inline: this.#inline,
      look: parts.look,
      observe: (result) => hints.observe(result),
    });
    if (!hints.isOn) return;
    // What was said meanwhile nobody has heard.
    this.#forget.push(
      events.on('hints-recovered', () => {
        this.#isThrough = true;
        parts.coordinator().look();
      }),
      events.on('hints-failed', () => {
        if (this.#isThrough) parts.coordinator().look();
        this.#isThrough = false;
      }),
    );
  }

  start(): void {
    this.#parts.hints.start(this.#desk.take);
  }

  /** Hears nothing more; what is published is still announced. */
  close(): void {
    this.#desk.close();
    for (const forget of this.#forget) forget();
  }

  get bytes(): number {
    return this.#inline.bytes;
  }

  /** Serves what came inside hints, and leaves the rest to `fetcher`. */
  fetcher(fetcher: SegmentFetcher): SegmentFetcher {
    const { fleetId, hints, coordinator } = this.#parts;
    if (!hints.isOn) return fetcher;
    const { keys, settings } = this.#foundation;
    return new InlineFetcher(fetcher, {
      inline: this.#inline,
      fleetId,
      keys,
      maxSegmentBytes: settings.read.maxSegmentBytes,
      storeTime: () => coordinator().storeTime,
      observe: (what) => hints.observeInline(what),
    });
  }

  /** The limits for everybody else. */
  limit(limits: Settings['limits']): Settings['limits'] {
    const reserved = this.#reserved(limits);
    this.#inline.limit(reserved);
    return { ...limits, bytesInFlight: limits.bytesInFlight - reserved };
  }

  /** This node's own subscriptions need no hint, nor a poll. */
  durable(writer: string, lanes: readonly LaneReach[], segments: readonly InlineSegment[]): void {
    if (!this.#parts.hints.isOn) return;
    const coordinator = this.#parts.coordinator();
    const { inlineBytes } = this.#foundation.settings.hints;
    for (const segment of segments) {
      const id = { writer, lane: segment.lane };
      if (travels(segment, inlineBytes) && coordinator.wants(id, segment.sequence))
        this.#inline.keep(segmentKey(id, segment.sequence), segment.bytes);
    }
    coordinator.announced(writer, lanes);
    this.#announcer.durable(writer, lanes, segments);
  }

  tipWritten(writer: string, lanes: readonly LaneReach[]): void {
    if (this.#parts.hints.isOn) this.#announcer.tipWritten(writer, lanes);
  }

  #reserved({ bytesInFlight }: Settings['limits']): number {
    const { hints } = this.#parts;
    const { ring } = this.#foundation.keys;
    return hints.isOn && ring.length > 0 ? Math.floor(bytesInFlight * inlineShare) : 0;
  }

  /** A store that was handed in is nobody's bucket that could be told of by another name. */
  #places(): { readonly log: KeyPlace; readonly objects: KeyPlace } {
    const { settings, objects, isHandedIn } = this.#foundation;
    if (isHandedIn) return { log: anywhere, objects: anywhere };
    return { log: keyPlace(settings.store.url), objects: keyPlace(objects.settings.url) };
  }
}

const anywhere: KeyPlace = { bucket: undefined, prefix: '' };
