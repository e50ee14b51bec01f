import type { SettingsInput } from '../../src/config/settings.ts';
import type { LedgerEntry } from '../ledger/entries.ts';
import type { FakeClock } from '../support/fake-clock.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import type { ClaimWatch } from './claim-watch.ts';
import type { Faults } from './faults.ts';
import type { IndexWatch } from './index-watch.ts';
import type { SimBucket } from './sim-bucket.ts';
import type { SimBus } from './sim-bus.ts';

export interface World {
  readonly clock: FakeClock;
  readonly bucket: SimBucket;
  readonly random: SeededRandom;
  readonly ledger: LedgerEntry[];
  readonly settings: SettingsInput;
  /** Segments whose bytes have gone bad in the bucket. */
  readonly rotten: Set<string>;
  /** Writers whose process stood still for longer than a lane is remembered. */
  readonly overslept: Set<string>;
  /** Writers under whose name a clone wrote. */
  readonly cloned: Set<string>;
  /** Chance of what only some fleets have, such as hints: the other ones of a seed are as they would be without. */
  readonly chance: SeededRandom;
  /** What hints go through, in fleets that have them. */
  readonly bus: SimBus | undefined;
  /** Where servers claim URLs. */
  readonly claims: ClaimWatch | undefined;
  /** Where servers keep an index. */
  readonly index: IndexWatch | undefined;
  faults: Faults;
  /** The troubles have ended: every server has every encryption key, and neglects no subscription. */
  isCalm: boolean;
  /** What happened, by name: shows that a run of seeds reaches every part of the protocol. */
  readonly happened: Map<string, number>;
  /** Told everything that happens, for looking into one seed. */
  readonly trace?: ((line: string) => void) | undefined;
}

export interface ServerPlan {
  readonly name: string;
  readonly clockOffsetMs: number;
  /** Milliseconds of its monotonic clock in one of the world. */
  readonly clockRate: number;
  /** Chance that the handler fails a batch without blaming an update. */
  readonly sinkTrouble: number;
  /** Chance that an update which this server publishes is one that every handler blames. */
  readonly poison: number;
  /** Has another subscription from its second process on, which begins at `latest`. */
  readonly late: boolean;
  /** Its handlers acknowledge by themselves, in parts and sometimes long after they have returned. */
  readonly explicit: boolean;
  /** Has another subscription that is slow. */
  readonly slow: boolean;
  /** Has another subscription that most of its processes do not read, or whose sink is away, until the troubles end. */
  readonly neglects: 'nothing' | 'reading' | 'sink';
  /** Learns the newer encryption key only when the troubles end. */
  readonly lateKey: boolean;
  /** Still writes with the older one. */
  readonly writesOlder: boolean;
  /** Takes updates to its disk first. */
  readonly spool: boolean;
}
