import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isBucketcastError } from '../../src/base/errors.ts';
import type { Claim } from '../../src/claims/claim.ts';
import type { ObjectStore } from '../../src/store/object-store.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { ClaimsRig, type Member, marginMs, ttlMs, url } from './claims-rig.ts';

const seeds = 40;
const runMs = 90_000;

test('no two hold one claim, and tokens rise, whatever is lost, late, doubled or abandoned', async () => {
  let taken = 0;
  for (let seed = 1; seed <= seeds; seed += 1) taken += await race(seed);
  assert.ok(taken > 5 * seeds, `only ${taken} claims in ${seeds} runs`);
});

/** Servers that want one URL all the time, for a minute and a half; how often it was taken. */
async function race(seed: number): Promise<number> {
  const rig = new ClaimsRig(seed);
  const chance = new SeededRandom(seed + 1_000_000);
  const stop = new AbortController();
  const held = new Set<Claim>();
  const tokens: number[] = [];
  const servers = Array.from({ length: 4 }, async (_, index) => {
    const member = rig.member(`s${index}`, { bucket: repeating(rig, chance.fork()) });
    trouble(rig, member, chance.fork());
    await work(rig, member, chance.fork(), stop.signal, (claim) => {
      for (const other of held) {
        const both = `seed ${seed}: ${other.token} and ${claim.token} are held at once`;
        assert.ok(other.signal.aborted, both);
      }
      assert.ok(
        claim.token > (tokens.at(-1) ?? 0),
        `seed ${seed}: token ${claim.token} after ${tokens.at(-1)}`,
      );
      tokens.push(claim.token);
      held.add(claim);
    });
  });
  const all = Promise.all(servers);
  all.catch(() => {});
  await Promise.race([rig.clock.advance(runMs), all]);
  stop.abort();
  await rig.clock.settled(all, 10 * runMs);
  return tokens.length;
}

async function work(
  rig: ClaimsRig,
  member: Member,
  chance: SeededRandom,
  stop: AbortSignal,
  note: (claim: Claim) => void,
): Promise<void> {
  while (!stop.aborted) {
    await rig.clock.sleep(chance.below(1500));
    const answer = await member.claims.claim(url, { renew: chance.chance(0.5) }).catch(unanswered);
    if (answer?.status !== 'taken') continue;
    const { claim } = answer;
    if (!claim.signal.aborted) note(claim);
    await rig.clock.sleep(chance.below(ttlMs));
    if (chance.chance(0.3)) await claim.renew().catch(unanswered);
    // Some are left to end by themselves; one that renews itself would hold for ever.
    if (chance.chance(0.7) || !chance.chance(0.5)) await claim.release().catch(unanswered);
    else await rig.clock.sleep(ttlMs + marginMs);
    await claim[Symbol.asyncDispose]();
  }
}

/** Requests are late, unanswered before or after they were carried out. */
function trouble(rig: ClaimsRig, { store }: Member, chance: SeededRandom): void {
  store.script = () => {
    if (chance.chance(0.05)) return 'lose';
    if (chance.chance(0.08)) return 'lose-reply';
    return rig.clock.sleep(chance.chance(0.05) ? chance.below(ttlMs) : chance.below(300));
  };
}

/** Some PUTs arrive once more, later on. */
function repeating(rig: ClaimsRig, chance: SeededRandom): ObjectStore {
  return new Proxy<ObjectStore>(rig.bucket, {
    get: (bucket, name) => {
      const member: unknown = Reflect.get(bucket, name, bucket);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        const again = () => void (Reflect.apply(member, bucket, args) as Promise<unknown>).catch(() => {});
        if (name === 'put' && chance.chance(0.2)) rig.clock.after(chance.below(2 * ttlMs), again);
        return Reflect.apply(member, bucket, args) as unknown;
      };
    },
  });
}

function unanswered(error: unknown): undefined {
  if (!isBucketcastError(error, 'store-unavailable')) throw error;
}
