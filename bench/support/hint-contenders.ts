import type { SettingsInput } from '../../src/config/settings.ts';
import { freePorts, installed } from '../../test/support/processes.ts';
import type { BenchContext } from './bench-context.ts';
import type { BesideContender } from './beside-transport.ts';
import { nodeContender } from './contender.ts';

/** One update at a time, so that nothing waits behind another. */
export interface HintPlan {
  readonly updates: number;
  readonly everyMs: number;
}

type Transport = 'redis' | 'nats' | 'zeromq' | 'webhook';

/** The settings of both ends of a transport, made anew for each run. */
type Ends = () => Promise<{ readonly publisher: SettingsInput; readonly reader: SettingsInput }>;

const secret = 'the-secret-of-a-bench';
/** What comes after a pause is what is measured: limits on what comes close upon another are out of its way. */
const spaced = {
  publish: { tipIntervalMs: 50 },
  poll: { minMs: 1000, maxMs: 1000, hintsPerSecond: 50 },
  log: { level: 'silent' },
  janitor: { enabled: false },
} as const satisfies SettingsInput;
const encryption = { keys: [{ id: 'bench', secret: '1'.repeat(64) }], active: 'bench', required: true };

/** Ours through each transport that there is a server for: unsigned hints, which cause a poll, and sealed ones with the segment inline. */
export async function hintContenders(context: BenchContext, plan: HintPlan): Promise<BesideContender[]> {
  const ours = await ownContender(context, plan);
  const rows: BesideContender[] = [];
  if (!context.small) rows.push(ours('polls a second apart', async () => ({ publisher: {}, reader: {} })));
  for (const [transport, ends] of await transports(context)) {
    const beside = `plain ${transport}`;
    // In the smallest size each way once.
    if (!context.small || transport === 'webhook') rows.push(ours(`${transport}: unsigned`, ends));
    if (!context.small || transport === 'zeromq')
      rows.push({ ...ours(`${transport}: encrypted, inline`, ends, { encryption }), beside });
  }
  return rows;
}

/** The same messages through the transports alone, and one PUT alone. */
export async function plainContenders(context: BenchContext, plan: HintPlan): Promise<BesideContender[]> {
  const { updates: count } = plan;
  const file = new URL('../contenders/propagation-plain.ts', import.meta.url);
  const plain = (transport: string, port: () => Promise<number>) =>
    nodeContender({ name: `plain ${transport}`, peer: true, count }, file, async () => ({
      ...plan,
      transport,
      port: await port(),
    }));
  const rows: BesideContender[] = [];
  if (context.has('redis-server')) {
    const { port } = await context.redis();
    rows.push(plain('redis', async () => port));
  }
  if (context.has('nats-server') && hasPackage(natsPackage)) {
    const { port } = await context.nats();
    rows.push(plain('nats', async () => port));
  }
  // It needs no server; `node` is there, unless peers are not wanted.
  if (context.has('node') && hasPackage('zeromq')) rows.push(plain('zeromq', freePorts));
  return rows;
}

export const onePut = 'one PUT of 1 KB';

export async function putContender(
  context: BenchContext,
  { updates, everyMs }: HintPlan,
): Promise<BesideContender> {
  const ceph = await context.ceph();
  const file = new URL('../contenders/one-put.ts', import.meta.url);
  return nodeContender({ name: onePut, peer: true, count: updates }, file, async () => ({
    store: ceph.storeSettings(await ceph.makeBucket()),
    updates,
    everyMs,
  }));
}

async function ownContender(context: BenchContext, { updates, everyMs }: HintPlan) {
  const ceph = await context.ceph();
  const file = new URL('../contenders/propagation.ts', import.meta.url);
  return (name: string, ends: Ends, more: SettingsInput = {}): BesideContender =>
    nodeContender({ name, count: updates }, file, async () => ({
      store: ceph.storeSettings(await ceph.makeBucket()),
      settings: { ...spaced, ...more },
      ...(await ends()),
      state: await context.directory(),
      publishers: 1,
      updates,
      everyMs,
    }));
}

/** Those that have what they need; the others are said. */
async function transports(context: BenchContext): Promise<Map<Transport, Ends>> {
  const found = new Map<Transport, Ends>();
  const both = (hints: SettingsInput['hints']) => async () => ({ publisher: { hints }, reader: { hints } });
  if (installed('redis-server')) {
    const { port } = await context.redis();
    found.set('redis', both({ redis: { url: `redis://127.0.0.1:${port}` } }));
  } else context.say('no redis-server: hints through Redis are left out');
  if (installed('nats-server') && hasPackage(natsPackage)) {
    const { port } = await context.nats();
    found.set('nats', both({ nats: { servers: [`nats://127.0.0.1:${port}`] } }));
  } else context.say('no nats-server, or no package for it: hints through NATS are left out');
  if (hasPackage('zeromq')) found.set('zeromq', zeromqEnds);
  else context.say('no package zeromq: hints through ZeroMQ are left out');
  return found.set('webhook', webhookEnds);
}

const natsPackage = '@nats-io/transport-node';

/** Whether an optional dependency of the project is installed. */
function hasPackage(name: string): boolean {
  try {
    import.meta.resolve(name);
    return true;
  } catch {
    return false;
  }
}

async function zeromqEnds() {
  const endpoint = `tcp://127.0.0.1:${await freePorts()}`;
  return {
    publisher: { hints: { zeromq: { bind: endpoint, secret } } },
    reader: { hints: { zeromq: { connect: [endpoint], secret } } },
  };
}

async function webhookEnds() {
  const port = await freePorts();
  return {
    publisher: { hints: { webhook: { peers: [`http://127.0.0.1:${port}`], secret } } },
    reader: { hints: { webhook: { secret } }, http: { enabled: true, port } },
  };
}
