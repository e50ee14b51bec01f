import { Emitter } from '../../src/base/emitter.ts';
import type { NodeEmitter } from '../../src/base/events.ts';
import type { Claim, ClaimOptions } from '../../src/claims/claim.ts';
import { Claims } from '../../src/claims/claims.ts';
import { type FleetKeys, noKeys } from '../../src/log/fleet-keys.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { ScriptedStore } from '../publish/scripted-store.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { SeededRandom } from '../support/seeded-random.ts';

export const ttlMs = 10_000;
export const marginMs = 2000;
export const url = 'https://a.example/feed.xml';
const fleetId = 'f1'.repeat(16);

export interface Member {
  readonly claims: Claims;
  /** Its way to the bucket. */
  readonly store: ScriptedStore;
  readonly events: NodeEmitter;
  /** A claim that is expected to be given. */
  take(options?: ClaimOptions): Promise<Claim>;
  /** A claim that is expected to be refused: who holds it. */
  refused(): Promise<string>;
}

/** Servers of one fleet over one bucket, which tells its time in whole seconds. */
export class ClaimsRig {
  readonly clock = new FakeClock();
  readonly random: SeededRandom;
  readonly bucket: MemoryStore;
  /** Added to the clock of the store. */
  storeAheadMs = 0;

  constructor(seed = 1) {
    this.random = new SeededRandom(seed);
    const now = () => Math.floor((this.clock.now() + this.storeAheadMs) / 1000) * 1000;
    this.bucket = new MemoryStore({ clock: { now } });
  }

  member(server: string, options: { readonly keys?: FleetKeys; readonly bucket?: ObjectStore } = {}): Member {
    const { keys = noKeys, bucket = this.bucket } = options;
    const store = new ScriptedStore(bucket);
    const events: NodeEmitter = new Emitter();
    const settings = { server, fleetId, keys, claims: { ttlMs, marginMs } };
    const { clock, random } = this;
    const claims = new Claims(settings, { store, clock, random, events });
    return {
      claims,
      store,
      events,
      take: async (claimOptions = { renew: false }) => {
        const answer = await claims.claim(url, claimOptions);
        if (answer.status === 'held') throw new Error(`held by ${answer.holder.server}`);
        return answer.claim;
      },
      refused: async () => {
        const answer = await claims.claim(url);
        if (answer.status === 'taken') throw new Error('given');
        return answer.holder.server;
      },
    };
  }
}
