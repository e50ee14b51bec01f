import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { SettingsInput } from '../../src/config/settings.ts';
import { beatsPrefix } from '../../src/log/beat-keys.ts';
import { tipsPrefix } from '../../src/log/keys.ts';
import type { BucketcastNode } from '../../src/node.ts';
import { heartbeatProblems } from '../../src/status/heartbeat-problems.ts';
import { listAll } from '../../src/store/list-all.ts';
import { HostileBucket } from '../support/hostile-bucket.ts';
import { NodeRig } from './node-rig.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const keys = [{ id: 'k1', secret: 'ab'.repeat(32) }];
const beating = {
  heartbeat: { intervalMs: MINUTE },
  encryption: { keys, active: 'k1', required: true },
  poll: { maxMs: 30_000 },
  janitor: { enabled: false },
} satisfies SettingsInput;

/** What a node tells of the heartbeats, as `silent web-1`, and `well silent web-1` when it is over. */
function toldBy(node: BucketcastNode): string[] {
  const told: string[] = [];
  node.events.on('heartbeat-alarm', ({ kind, server }) => void told.push(`${kind} ${server}`));
  node.events.on('heartbeat-well', ({ kind, server }) => void told.push(`well ${kind} ${server}`));
  node.events.on('heartbeat-failed', ({ error }) => void told.push(String(error)));
  return told;
}

/** Those that heartbeats tell. */
function problemsOf(node: BucketcastNode): string[] {
  const names = new Set(heartbeatProblems.map(({ name }) => name));
  return node
    .status()
    .problems.filter(({ name }) => names.has(name))
    .map(({ severity, name, message }) => `${severity} ${name} ${message}`);
}

async function reader(t: TestContext) {
  const rig = new NodeRig(t);
  const hostile = new HostileBucket(rig.bucket, rig.clock);
  const state = rig.state();
  const node = await rig.started('reader', beating, { store: hostile.store, state });
  return { rig, hostile, state, node, told: toldBy(node) };
}

async function beatsOf({ bucket }: NodeRig): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of listAll(bucket, beatsPrefix)) found.push(key);
  return found;
}

describe('heartbeats', () => {
  it('cost a LIST, a PUT and a DELETE each, leave one object for each server, and are quiet while all is well', async (t) => {
    const rig = new NodeRig(t);
    const nodes = [await rig.started('a', beating), await rig.started('b', beating)];
    const told = nodes.flatMap(toldBy);
    await rig.clock.advance(10 * MINUTE);
    rig.requests = [];
    const before = nodes.map((node) => node.status().heartbeat?.beats ?? 0);
    await rig.clock.advance(20 * MINUTE);
    const beats = nodes.reduce(
      (sum, node, at) => sum + (node.status().heartbeat?.beats ?? 0) - before[at]!,
      0,
    );
    const counted = (call: string) =>
      rig.requests.filter((request) => request.call === call && request.key.startsWith(beatsPrefix)).length;
    assert.ok(beats >= 36 && beats <= 44, `${beats} beats in 40 intervals`);
    assert.deepEqual([counted('list'), counted('put'), counted('delete')], [beats, beats, beats]);
    assert.equal((await beatsOf(rig)).length, 2);
    assert.deepEqual(told, []);
    assert.deepEqual(problemsOf(nodes[0]!), []);
  });

  it('are not sent unless they are asked for', async (t) => {
    const rig = new NodeRig(t);
    const node = await rig.started('a', { ...beating, heartbeat: {} });
    await rig.clock.advance(10 * MINUTE);
    assert.deepEqual(await beatsOf(rig), []);
    assert.equal(node.status().heartbeat, null);
  });

  it('tell of a server that went without a farewell, not of one that was stopped or comes back', async (t) => {
    const { rig, node, told } = await reader(t);
    const state = rig.state();
    const killed = await rig.started('killed', beating, { state });
    const stopped = await rig.started('stopped', beating);
    await rig.clock.advance(5 * MINUTE);
    await rig.wait(stopped.stop());
    await rig.wait(killed.stop({ timeoutMs: 0 }));
    await rig.clock.advance(10 * MINUTE);
    assert.deepEqual(told, ['silent killed']);
    const [problem] = problemsOf(node);
    assert.match(problem ?? '', /^warning server-silent no heartbeat of killed for \d+ min.*, nor tips/);

    await rig.started('killed', beating, { state });
    await rig.clock.advance(2 * MINUTE);
    assert.deepEqual(told, ['silent killed', 'well silent killed']);
  });

  it('tell of a store that was away nothing at all', async (t) => {
    const rig = new NodeRig(t);
    const nodes = [await rig.started('a', beating), await rig.started('b', beating)];
    const told = nodes.map(toldBy);
    await rig.clock.advance(5 * MINUTE);
    rig.fails = () => true;
    await rig.clock.advance(HOUR);
    assert.equal(
      problemsOf(nodes[0]!).some((problem) => problem.startsWith('warning heartbeat-failing')),
      true,
    );
    rig.fails = () => false;
    await rig.clock.advance(10 * MINUTE);
    for (const lines of told)
      assert.deepEqual(
        lines.filter((line) => !line.includes('no answer')),
        [],
      );
  });
});

describe('a hostile bucket, told by heartbeats', () => {
  it('is frozen: it acknowledges what it does not list', async (t) => {
    const { rig, hostile, node, told } = await reader(t);
    await rig.started('web-1', beating);
    await rig.clock.advance(5 * MINUTE);
    hostile.show(await hostile.remember());
    await rig.clock.advance(10 * MINUTE);
    assert.deepEqual(told.toSorted(), ['frozen reader', 'silent web-1']);
    assert.match(
      problemsOf(node)[0] ?? '',
      /^critical bucket-frozen the bucket does not list the last \d+ heartbeats/,
    );
    hostile.show();
    await rig.clock.advance(2 * MINUTE);
    assert.deepEqual(problemsOf(node), []);
  });

  it('goes back: it shows an older listing again, also to a node that was restarted meanwhile', async (t) => {
    const { rig, hostile, node, told, state } = await reader(t);
    await rig.started('web-1', beating);
    await rig.clock.advance(5 * MINUTE);
    const past = await hostile.remember();
    await rig.clock.advance(10 * MINUTE);
    assert.equal(told.length, 0, told.join());
    hostile.show(past);
    await rig.clock.advance(2 * MINUTE);
    assert.ok(told.includes('rewound web-1'), told.join());

    hostile.show();
    await rig.wait(node.stop());
    await rig.clock.advance(MINUTE);
    hostile.show(past);
    const again = rig.node('reader', beating, { store: hostile.store, state });
    const toldAgain = toldBy(again);
    await rig.wait(again.start());
    await rig.clock.advance(2 * MINUTE);
    assert.ok(toldAgain.includes('rewound web-1'), toldAgain.join());
  });

  it('hides one server, its heartbeats or all of it', async (t) => {
    const { rig, hostile, node, told } = await reader(t);
    const [web1, web2] = [await rig.started('web-1', beating), await rig.started('web-2', beating)];
    await rig.clock.advance(5 * MINUTE);
    hostile.hides = (key) => key.includes('/web-1~') || key.startsWith(`${beatsPrefix}web-2~`);
    for (let at = 0; at < 10; at += 1) {
      await rig.wait(
        Promise.all([web1, web2].map((web) => web.publish({ url: `u${at}` }, { visible: true }))),
      );
      await rig.clock.advance(MINUTE);
    }
    assert.deepEqual(told.toSorted(), ['silent web-1', 'silent web-2']);
    const moves = (node.status().heartbeat?.alarms ?? []).map(({ server, tipsMove }) => [server, tipsMove]);
    assert.deepEqual(
      new Map(moves as [string, boolean][]),
      new Map([
        ['web-1', false],
        ['web-2', true],
      ]),
    );
  });

  it('shows heartbeats and withholds updates', async (t) => {
    const { rig, hostile, node, told } = await reader(t);
    const web = await rig.started('web-1', beating);
    const urls = await rig.reads(node);
    await rig.wait(web.publish({ url: 'seen' }, { visible: true }));
    await rig.clock.advance(5 * MINUTE);
    const past = await hostile.remember();
    const shown = new Set<string>();
    for await (const { key } of listAll(past, tipsPrefix)) shown.add(key);
    hostile.hides = (key) => key.startsWith(tipsPrefix) && !shown.has(key);
    await rig.wait(web.publish({ url: 'hidden' }, { visible: true }));
    await rig.clock.advance(10 * MINUTE);
    assert.deepEqual([urls, told], [['seen'], ['withheld web-1']]);
    assert.match(
      problemsOf(node).join(),
      /^critical news-withheld updates of web-1 are announced and not shown$/,
    );
    hostile.hides = () => false;
    await rig.clock.advance(2 * MINUTE);
    assert.deepEqual([urls, told.at(-1)], [['seen', 'hidden'], 'well withheld web-1']);
  });

  it('cannot keep a server alive by an old heartbeat or a forged one', async (t) => {
    const { rig, node, told } = await reader(t);
    const web = await rig.started('web-1', beating);
    const distrusted: string[] = [];
    node.events.on('distrusted', ({ key }) => void distrusted.push(key));
    await rig.clock.advance(5 * MINUTE);
    const [old] = (await beatsOf(rig)).filter((key) => key.includes('/web-1~'));
    await rig.clock.advance(5 * MINUTE);
    await rig.wait(web.stop({ timeoutMs: 0 }));
    const forged = old!.replace(/\/(\w{10})\./, '/00000zzzzz.');
    for (const key of [old!, forged, old!.replace(/_.*/, '')]) await rig.bucket.put(key, new Uint8Array());
    await rig.clock.advance(10 * MINUTE);
    assert.deepEqual(told, ['silent web-1']);
    assert.deepEqual(distrusted, [forged]);
  });
});

it('a listing that lags by two heartbeats, now and then less, alarms nobody', async (t) => {
  const { rig, hostile, told } = await reader(t);
  const web = await rig.started('web-1', beating);
  const states = [await hostile.remember()];
  for (let step = 0; step < 120; step += 1) {
    states.push(await hostile.remember());
    const lag = step % 7 === 0 ? 0 : 11;
    hostile.show(states[Math.max(0, states.length - 1 - lag)]);
    if (step % 5 === 0) await rig.wait(web.publish({ url: `u${step}` }));
    await rig.clock.advance(10_000);
  }
  assert.deepEqual(told, []);
});
