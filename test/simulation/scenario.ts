import type { SettingsInput } from '../../src/config/settings.ts';
import { MINUTE, SECOND } from '../../src/config/units.ts';
import { encodeFleetId } from '../../src/log/fleet-id.ts';
import { fleetIdKey, parseSegmentKey } from '../../src/log/keys.ts';
import type { LedgerEntry } from '../ledger/entries.ts';
import { judge, type Verdict } from '../ledger/judge.ts';
import { FakeClock, settle } from '../support/fake-clock.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { ClaimWatch } from './claim-watch.ts';
import { drawFaults, noFaults } from './faults.ts';
import { IndexWatch } from './index-watch.ts';
import { SimBucket } from './sim-bucket.ts';
import { SimBus } from './sim-bus.ts';
import { SimServer } from './sim-server.ts';
import { flipBit } from './sim-store.ts';
import { fillings, wrongFillings } from './snapshot-watch.ts';
import { plantTwin } from './twin.ts';
import type { World } from './world.ts';

/** Part by which a monotonic clock may go wrong: more than those of machines do, and as much as claims allow for with long pauses. */
const mostDrift = 0.004;

/** Runs one seed: a fleet lives through its troubles, is left in peace until it has caught up, and is judged. */
export interface SeedResult extends Verdict {
  readonly happened: ReadonlyMap<string, number>;
}

export async function runSeed(seed: number, trace?: (line: string) => void): Promise<SeedResult> {
  const random = new SeededRandom(seed);
  const clock = new FakeClock();
  const lag = random.fork();
  const chance = new SeededRandom(seed + 2 ** 33);
  const ledger: LedgerEntry[] = [];
  const happened = new Map<string, number>();
  const count = (what: string) => happened.set(what, (happened.get(what) ?? 0) + 1);
  const bus = chance.chance(0.5) ? new SimBus(chance.fork(), count) : undefined;
  const bucket: SimBucket = new SimBucket(clock, () =>
    world.faults.listLagMs === 0 ? 0 : lag.below(world.faults.listLagMs),
  );
  const index = chance.chance(0.35) ? new IndexWatch((key) => bucket.putAt.get(key)) : undefined;
  const world: World = {
    clock,
    random,
    bucket,
    ledger,
    happened,
    chance,
    bus,
    claims: chance.chance(0.3)
      ? new ClaimWatch(
          (entry) => ledger.push(entry),
          () => world.faults.honoursConditions,
        )
      : undefined,
    index,
    trace: trace && ((line) => trace(`${(clock.monotonic() / 1000).toFixed(3)} ${line}`)),
    settings: {
      ...(bus ? hintSettings(drawSettings(random), chance) : drawSettings(random)),
      index: { enabled: index !== undefined },
      ...(index && drawSnapshots(new SeededRandom(seed + 2 ** 34))),
    },
    faults: drawFaults(random),
    rotten: new Set(),
    overslept: new Set(),
    cloned: new Set(),
    isCalm: false,
  };
  const servers = Array.from({ length: 2 + random.below(2) }, (_, number) => {
    const clockOffsetMs = random.chance(0.3) ? (random.float() * 2 - 1) * 60 * MINUTE : 0;
    return new SimServer(world, {
      name: `s${number}`,
      clockOffsetMs,
      clockRate: world.claims ? 1 + (chance.float() * 2 - 1) * mostDrift : 1,
      sinkTrouble: random.chance(0.3) ? 0.1 : 0,
      poison: random.chance(0.2) ? 0.1 : 0,
      late: random.chance(0.3),
      explicit: random.chance(0.4),
      slow: random.chance(0.25),
      neglects: random.pick(['nothing', 'reading', 'sink']),
      lateKey: number === 0 && random.chance(0.7),
      writesOlder: number === 1,
      spool: random.chance(0.35),
    });
  });
  // Where conditions are ignored, a PUT of the fleet id that lingers could replace it: such a bucket is set up once, before.
  if (!world.faults.honoursConditions) world.bucket.put(fleetIdKey, encodeFleetId('f'.repeat(32)));
  for (const server of servers) server.start();
  await live(world, servers);
  const gone = await recover(world, servers);
  for (const server of servers) server.kill();
  for (const what of wrongFillings(world)) ledger.push({ type: 'failed', what });
  happened.set('filled', fillings(ledger));
  return { ...judge(ledger, { gone: new Set(gone), accepts: true }), happened };
}

async function live(world: World, servers: readonly SimServer[]): Promise<void> {
  const { random, clock, chance, bus, claims } = world;
  const steps = 6 + random.below(15);
  for (let step = 0; step < steps; step++) {
    const server = random.pick(servers);
    const dice = random.float();
    if (bus && chance.chance(bus.faults.forged)) bus.forge(1 + chance.below(3));
    if (claims && chance.chance(0.5)) for (const one of servers) if (chance.chance(0.7)) one.claim();
    if (dice < 0.55) {
      for (let left = 1 + random.below(6); left > 0; left--) {
        server.publish();
        if (random.chance(0.3)) await clock.advance(random.below(60));
      }
    } else if (dice < 0.7) {
      if (server.running) await killAmidWork(world, server);
      else server.start();
    } else if (dice < 0.77) {
      await stall(world, server, servers);
    } else if (dice < 0.78) {
      rot(world);
    } else if (dice < 0.82) {
      const { honoursConditions } = world.faults;
      const next = random.chance(0.5)
        ? drawFaults(random)
        : { ...world.faults, throttled: random.float() * 0.6 };
      world.faults = { ...next, honoursConditions };
    } else if (dice < 0.84) {
      if (world.faults.honoursConditions) await plantTwin(world, server);
    } else if (dice < 0.88) {
      server.stop();
      await clock.advance(random.below(30 * SECOND));
    }
    await clock.advance(random.chance(0.15) ? random.below(6 * MINUTE) : random.below(2 * SECOND));
  }
}

/** The process, or the whole machine, stands still for a while: often amid publishing or reading, and long enough to be parked. */
async function stall(
  { random, clock }: World,
  server: SimServer,
  servers: readonly SimServer[],
): Promise<void> {
  const amid = random.pick(['nothing', 'publishing', 'reading', 'reading']);
  const publishing = amid === 'reading' ? random.pick(servers) : server;
  if (amid !== 'nothing') {
    for (let left = 2 + random.below(8); left > 0; left--) publishing.publish();
    await clock.advance(random.below(amid === 'reading' ? 12 * SECOND : 60));
  }
  if (random.chance(0.3)) server.sleepMachine();
  else server.pause();
  clock.after(random.below(6 * MINUTE), () => server.resume());
}

/** A segment's bytes go bad where they lie. */
function rot({ random, bucket, rotten }: World): void {
  const segments = bucket.keys('').filter((key) => parseSegmentKey(key) !== undefined && !rotten.has(key));
  if (segments.length === 0) return;
  const key = random.pick(segments);
  rotten.add(key);
  bucket.spoil(key, (body) => flipBit(body, random));
}

/** Kills at a random moment, often just after `publish()` has resolved: from then on the update must arrive. */
async function killAmidWork({ random, clock, ledger }: World, server: SimServer): Promise<void> {
  if (random.chance(0.5)) {
    const { length } = ledger;
    for (let left = 1 + random.below(4); left > 0; left--) server.publish();
    const isDurable = () => ledger.slice(length).some(({ type }) => type === 'durable' || type === 'spooled');
    for (let left = random.below(400); left > 0 && !isDurable(); left--) await clock.advance(5);
    if (random.chance(0.3)) await clock.advance(random.below(100));
  }
  server.kill();
}

/** The troubles end, every server but perhaps one comes back for good, and time passes until all is quiet. */
async function recover(world: World, servers: readonly SimServer[]): Promise<string[]> {
  const { random, clock } = world;
  const gone = world.settings.janitor?.enabled && random.chance(0.4) ? random.pick(servers) : undefined;
  if (gone) {
    // Often it dies with its very first update.
    if (random.chance(0.5)) gone.start();
    await clock.advance(SECOND);
    await killAmidWork(world, gone);
  }
  world.faults = { ...noFaults, honoursConditions: world.faults.honoursConditions };
  // Hints may be of no help for ever.
  world.bus?.forge(5);
  if (world.bus) world.bus.faults = { ...world.bus.faults, forged: 0, lost: world.chance.pick([0, 0, 1]) };
  world.isCalm = true;
  for (const server of servers) {
    server.resume();
    const begins = !server.running || server.plan.lateKey || server.plan.neglects !== 'nothing';
    if (server !== gone && begins) server.start();
  }
  const replaying = servers.filter((server) => server !== gone && random.chance(0.5));
  clock.after(random.below(5 * MINUTE), () => {
    for (const server of replaying) server.replayDeadLetters();
  });
  // Long enough for a writer to go quiet, be parked, and be found.
  await clock.advance(6 * MINUTE);
  for (const server of servers) {
    if (server === gone) continue;
    if (!server.running)
      throw new Error(
        `a server could not start: ${JSON.stringify(world.ledger.filter(({ type }) => type === 'failed'))}`,
      );
    if (server.spooled > 0)
      world.ledger.push({
        type: 'failed',
        what: `${server.plan.name}: ${server.spooled} updates stay spooled`,
      });
    let idle = false;
    void server.node?.idle().then(() => {
      idle = true;
    });
    await settle();
    await clock.until(() => idle, 60 * MINUTE);
    // A second PUT that the store lets through changes when it had the first.
    const { index, faults } = world;
    if (index && server.node && faults.honoursConditions)
      for (const what of index.wrongs(server.plan.name, server.node, world.ledger))
        world.ledger.push({ type: 'failed', what });
  }
  for (const { plan, replaysLeft } of replaying) {
    if (replaysLeft > 0)
      world.ledger.push({ type: 'failed', what: `${plan.name}: ${replaysLeft} replays came to nothing` });
  }
  return gone ? [gone.plan.name] : [];
}

/** In the middle of a rotation: some write with the newer key already. */
const encrypted = {
  keys: [
    { id: 'older', secret: '1'.repeat(64) },
    { id: 'newer', secret: '2'.repeat(64) },
  ],
  active: 'newer',
  required: true,
};

/** Without `required` it is the seal alone that tells which segment of a hint is the fleet's. */
function hintSettings(settings: SettingsInput, chance: SeededRandom): SettingsInput {
  const encryption = settings.encryption ?? (chance.chance(0.3) ? encrypted : undefined);
  const required = chance.chance(0.5);
  const hints = {
    maxPollMs: chance.pick([15 * SECOND, MINUTE]),
    inlineBytes: chance.pick([300, 32_768, 32_768]),
  };
  return { ...settings, hints, ...(encryption && { encryption: { ...encryption, required } }) };
}

/** Often enough that a reader who lost something mostly finds one that covers it. */
function drawSnapshots(random: SeededRandom): SettingsInput {
  const write = random.pick(['never', 'claim', 'always'] as const);
  return { snapshots: { write, intervalMs: random.pick([20, 60]) * SECOND } };
}

function drawSettings(random: SeededRandom): SettingsInput {
  const trims = random.chance(0.4);
  const encrypts = random.chance(0.25);
  const forgets = trims && random.chance(0.5);
  return {
    publish: {
      lanes: random.pick([1, 1, 2, 3, 16]),
      segmentsInFlight: random.pick([1, 2, 4]),
      maxSegmentUpdates: random.pick([1, 2, 5, 100]),
      flushIntervalMs: random.pick([0, 20]),
      retireAfterMs: 90 * SECOND,
    },
    poll: { minMs: 500, maxMs: 15 * SECOND },
    read: {
      patienceMs: MINUTE,
      segmentsAhead: random.pick([1, 2, 8]),
      farAhead: random.pick([1, 5, 10_000]),
    },
    retry: { attempts: random.pick([1, 3, 5]), baseMs: 50, capMs: 2000 },
    retention: trims
      ? { maxAgeMs: 2 * MINUTE, marginMs: 20 * SECOND, intervalMs: 30 * SECOND }
      : { maxAgeMs: 600 * MINUTE, marginMs: MINUTE, intervalMs: 5 * MINUTE },
    janitor: {
      enabled: random.chance(0.8),
      quietMs: 2 * MINUTE,
      intervalMs: random.pick([1, 2, 3]) * MINUTE,
      mergeFrom: random.pick([2, 3, 16]),
      forgetAfterMs: forgets ? random.pick([2, 4]) * MINUTE : 10_000 * MINUTE,
    },
    ...(encrypts && { encryption: encrypted }),
  };
}
