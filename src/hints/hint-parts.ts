import type { Clock } from '../base/clock.ts';
import type { NodeEmitter } from '../base/events.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import type { Settings } from '../config/settings.ts';

/**
 * What every transport is opened with, besides its own part of `settings.hints`:
 *
 *     openRedisHints(settings: NonNullable<Settings['hints']['redis']>, parts: HintParts): Promise<HintTransport>
 *
 * and so for the others. Opening loads the optional package and checks what the schema cannot, so that it throws
 * `invalid-settings` while the node starts; it talks to nobody before `start`.
 *
 * What a transport hears goes to its listener as it comes. Whose hint it is, of which fleet, whether it is this node's own, or has
 * come before is found out there (`node/hint-desk.ts`), for the bytes may be anybody's.
 */
export interface HintParts {
  readonly clock: Clock;
  readonly random: Random;
  /** For `hints-failed`, at every failure to connect or to get through, and `hints-recovered`. */
  readonly events: Pick<NodeEmitter, 'emit'>;
  readonly logger: Logger;
  /** The name of this server. */
  readonly server: string;
  /** Where the bucket is: for the region of a queue. Holds secrets. */
  readonly store: Settings['store'];
}

/** Largest hint that is sent or looked at, bytes: the header, and the largest segment that may be inline. */
export const maxHintBytes = 1_200_000;
