import { type Hint, parseHint, verifyHint } from '../hints/hint.ts';
import type { HintResult } from '../hints/hint-result.ts';
import type { Heard } from '../hints/hint-transport.ts';
import type { InlineSegments } from '../hints/inline-segments.ts';
import { type LaneReach, parseSegmentKey, parseTipsKey, segmentKey } from '../log/keys.ts';
import { type Fleet, type MacVerdict, verifyTip } from '../log/tip-mac.ts';
import { type KeyPlace, notifiedKey } from '../store/notified-key.ts';
import type { Coordinator } from './coordinator.ts';

export interface HintDeskParts {
  readonly fleet: Fleet;
  readonly coordinator: Pick<Coordinator, 'hint' | 'told' | 'wants'>;
  readonly isOwn: (writer: string) => boolean;
  readonly inline: InlineSegments;
  /** Where the log lies, and the objects. */
  readonly log: KeyPlace;
  readonly objects: KeyPlace;
  /** Takes keys of the objects' store that have been written; whether any of them may be new to a subscription. */
  readonly look: (keys: readonly string[]) => boolean;
  readonly observe: (result: HintResult) => void;
}

/**
 * What is made of what transports hear. All of it may be wrong, late, doubled or forged: what carries the fleet's MAC is believed
 * as a tip would be, and everything else may at most cause a poll.
 */
export class HintDesk {
  readonly #parts: HintDeskParts;
  #isOpen = true;

  constructor(parts: HintDeskParts) {
    this.#parts = parts;
  }

  readonly take = (what: Heard): void => {
    if (!this.#isOpen) return;
    if (what.type === 'hint') this.#parts.observe(this.#hint(parseHint(what.bytes)));
    else this.#written(what);
  };

  /** Hears nothing more. */
  close(): void {
    this.#isOpen = false;
  }

  #hint(hint: Hint | undefined): HintResult {
    const { fleet, isOwn } = this.#parts;
    if (hint === undefined) return 'malformed';
    if (hint.fleetId !== fleet.fleetId) return 'foreign';
    if (isOwn(hint.writer)) return 'own';
    const verdict = verifyHint(hint, fleet);
    return this.#said(hint, verdict, verdict === 'ok' ? hint.segment : undefined);
  }

  #said(
    { writer, lanes }: { readonly writer: string; readonly lanes: readonly LaneReach[] },
    verdict: MacVerdict,
    segment?: Hint['segment'],
  ): HintResult {
    const { coordinator, inline } = this.#parts;
    if (verdict === 'bad') return 'forged';
    if (verdict !== 'ok') {
      const reach = new Map(lanes.map(({ next }, lane) => [lane, next]));
      return coordinator.hint(writer, reach) ? 'polled' : 'known';
    }
    const id = segment && { writer, lane: segment.lane };
    const key = id && coordinator.wants(id, segment.sequence) ? segmentKey(id, segment.sequence) : undefined;
    // Before anybody is told, and asks for it.
    if (segment && key !== undefined) inline.keep(key, segment.bytes);
    const result = coordinator.told(writer, lanes);
    if (result !== 'doubted') return result;
    if (key !== undefined) inline.drop(key);
    return 'polled';
  }

  #written({ bucket, keys }: Extract<Heard, { type: 'written' }>): void {
    const { log, objects, look, observe } = this.#parts;
    const named = (key: string) => ({ key, ...(bucket !== undefined && { bucket }) });
    const rest: string[] = [];
    for (const whole of keys) {
      const key = notifiedKey(log, named(whole));
      const result = key === undefined ? undefined : this.#logKey(key);
      if (result === undefined) rest.push(whole);
      else observe(result);
    }
    const others = rest.flatMap((whole) => notifiedKey(objects, named(whole)) ?? []);
    if (rest.length > 0) observe(others.length > 0 && look(others) ? 'polled' : 'foreign');
  }

  /** `undefined`: not a key of the log. */
  #logKey(key: string): HintResult | undefined {
    const { fleet, isOwn, coordinator } = this.#parts;
    const entry = parseTipsKey(key);
    if (entry.type === 'tip') {
      if (isOwn(entry.tip.writer)) return 'own';
      return this.#said(entry.tip, verifyTip(entry.tip, fleet));
    }
    // What it names is in tips as well, until long after every node has read them.
    if (entry.type === 'marker') return 'known';
    const segment = parseSegmentKey(key);
    if (segment === undefined) return undefined;
    if (isOwn(segment.writer)) return 'own';
    const reach = new Map([[segment.lane, segment.sequence + 1]]);
    return coordinator.hint(segment.writer, reach) ? 'polled' : 'known';
  }
}
