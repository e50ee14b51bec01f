import type { LaneReach } from '../log/keys.ts';
import { saysSealed } from '../log/segment-header.ts';
import type { Fleet } from '../log/tip-mac.ts';
import { encodeHint, type Hint, type InlineSegment, signHint } from './hint.ts';

/** What a publisher tells as it happens; it must not wait for anybody. */
export interface Announcer {
  /** The lanes are durable as far as `lanes` says; `segments` are new in that, as they are stored. */
  durable(writer: string, lanes: readonly LaneReach[], segments: readonly InlineSegment[]): void;
  /** A tip says so: whoever polls from now on finds it. */
  tipWritten(writer: string, lanes: readonly LaneReach[]): void;
}

export interface AnnouncerParts {
  readonly fleet: Fleet;
  /** `hints.inlineBytes` */
  readonly inlineBytes: number;
  readonly send: (hint: Uint8Array) => void;
}

/**
 * Whether the segment may be inside a hint: small enough, and sealed, which those are not that were made before the fleet's first
 * key became active.
 */
export function travels({ bytes }: InlineSegment, inlineBytes: number): boolean {
  return bytes.length <= inlineBytes && saysSealed(bytes);
}

/**
 * Announces what is published. In a fleet with keys at once, signed, with the segment inside where it is small enough: readers
 * believe that. Without keys when the tip stands, for before that a poll would find nothing.
 */
export class HintAnnouncer implements Announcer {
  readonly #parts: AnnouncerParts;
  /** What was last said of the writer: a tip that only trims is no news. */
  #said = '';

  constructor(parts: AnnouncerParts) {
    this.#parts = parts;
  }

  durable(writer: string, lanes: readonly LaneReach[], segments: readonly InlineSegment[]): void {
    const { fleet, inlineBytes } = this.#parts;
    if (fleet.keys.active === undefined) return;
    const last = segments.at(-1);
    for (const segment of segments) {
      const isInline = travels(segment, inlineBytes);
      if (!isInline && segment !== last) continue;
      // Each tells of no more than itself, so that whoever hears them in order needs no GET.
      const reach = lanes.with(segment.lane, {
        next: segment.sequence + 1,
        oldest: (lanes[segment.lane] as LaneReach).oldest,
      });
      this.#send({ fleetId: fleet.fleetId, writer, lanes: reach, ...(isInline && { segment }) });
    }
    // Tombstones go without bytes.
    const next = last === undefined ? undefined : lanes[last.lane]?.next;
    if (last === undefined || next !== last.sequence + 1)
      this.#send({ fleetId: fleet.fleetId, writer, lanes });
  }

  tipWritten(writer: string, lanes: readonly LaneReach[]): void {
    const { fleet } = this.#parts;
    if (fleet.keys.active !== undefined) return;
    const saying = `${writer} ${lanes.map(({ next }) => next).join()}`;
    if (saying === this.#said) return;
    this.#said = saying;
    this.#send({ fleetId: fleet.fleetId, writer, lanes });
  }

  #send(hint: Hint): void {
    this.#parts.send(encodeHint(signHint(hint, this.#parts.fleet)));
  }
}
