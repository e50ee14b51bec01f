import type { BucketcastNode } from '../../src/node.ts';
import type { SeededRandom } from '../support/seeded-random.ts';
import type { ClaimWatch } from './claim-watch.ts';
import type { NodeClock } from './node-clock.ts';

export interface Claiming {
  readonly node: Pick<BucketcastNode, 'claim'>;
  readonly server: string;
  readonly clock: NodeClock;
  readonly random: SeededRandom;
  readonly watch: ClaimWatch;
  readonly happened: (what: string) => void;
}

const mostTries = 40;
/** No store, one that says no, a stop, and the claim of a server with a key that this one has not been given yet. */
const expected = new Set(['store-unavailable', 'store-refused', 'closed', 'unknown-key']);

/** Wants a URL that others want too, until it is given it or tired; then works on it for a while. Throws what must not be. */
export async function claim({ node, server, clock, random, watch, happened }: Claiming): Promise<void> {
  const url = `https://example.com/${random.below(2)}`;
  const ttlMs = random.pick([1000, 5000, 60_000]);
  const renew = random.chance(0.5);
  const eager = random.chance(0.3);
  for (let tries = 0; tries < mostTries; tries++) {
    try {
      const given = await node.claim(url, { ttlMs, renew });
      happened(given ? 'claimed' : 'claimed by another');
      if (given !== undefined) {
        watch.taken({ server, claim: given, clock });
        await clock.sleep(random.below(2 * ttlMs));
        if (random.chance(0.7)) await given.release();
        return;
      }
    } catch (error) {
      if (!expected.has(String((error as { code?: string }).code))) throw error;
    }
    await clock.sleep(1 + random.below(eager ? 100 : ttlMs / 4));
  }
}
