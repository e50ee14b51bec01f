import assert from 'node:assert/strict';
import { it } from 'node:test';
import { BucketcastError } from '../../src/base/errors.ts';
import { openLogger } from '../../src/cli/log.ts';
import { type ReloadParts, reload } from '../../src/cli/reload.ts';
import type { SettingsChange } from '../../src/config/compare-settings.ts';
import { load } from '../config/load.ts';

type Level = 'debug' | 'info' | 'warn' | 'error' | 'silent';

async function rig(from: Level, to: Level, change: Partial<SettingsChange> = {}) {
  const lines: Record<string, unknown>[] = [];
  const write = (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>);
  const log = await openLogger({ level: from }, { errors: { write } });
  const given: unknown[] = [];
  const node = {
    reload(settings: unknown) {
      given.push(settings);
      return { live: [], restart: [], ...change };
    },
  };
  const { settings } = load({ environment: { BUCKETCAST_LOG_LEVEL: to } });
  const stop = new AbortController();
  const parts: ReloadParts = { load: () => settings, node, log, stopping: stop.signal };
  return { parts, lines, log, given, settings, stop, told: () => lines.map(({ msg }) => msg) };
}

it('what changed at once and what needs a restart are named in a line each', async () => {
  const change = { live: ['limits.requestsInFlight'], restart: ['store.secretAccessKey'] };
  const { parts, lines, given, settings } = await rig('info', 'info', change);
  reload(parts);
  assert.deepEqual(given, [settings]);
  assert.deepEqual(
    lines.map(({ level, settings: names, msg }) => ({ level, names, msg })),
    [
      { level: 30, names: change.live, msg: 'the settings were read again, and these changed' },
      { level: 40, names: change.restart, msg: 'these settings change with the next start only' },
    ],
  );
});

it('settings that have not changed are said to be so', async () => {
  const { parts, told } = await rig('info', 'info');
  reload(parts);
  assert.deepEqual(told(), ['the settings were read again: nothing has changed']);
});

for (const [from, to] of [
  ['warn', 'debug'],
  ['debug', 'error'],
] as const) {
  it(`the level goes from ${from} to ${to}, and the line that says so is written`, async () => {
    const { parts, told, log } = await rig(from, to, { live: ['log.level'] });
    reload(parts);
    assert.equal(log.level, to);
    assert.equal(told().length, 1);
    log.debug({}, 'after');
    assert.equal(told().length, to === 'debug' ? 2 : 1);
  });
}

it('wrong settings change nothing, and every mistake is told', async () => {
  const { parts, lines, given, log } = await rig('info', 'debug');
  const fail = () => {
    throw new BucketcastError('invalid-settings', '2 settings are wrong:\n  a: one\n  b: two');
  };
  reload({ ...parts, load: fail });
  assert.deepEqual(given, []);
  assert.equal(log.level, 'info');
  const [{ level, problems, msg }] = lines as [Record<string, unknown>];
  assert.deepEqual([level, problems], [50, ['a: one', 'b: two']]);
  assert.match(String(msg), /stay in force/);
});

it('a node that cannot take them over now goes on as it was, and says why', async () => {
  const { parts, lines, log } = await rig('info', 'debug');
  const node = {
    reload: () => {
      throw new BucketcastError('closed', 'the node was stopped');
    },
  };
  reload({ ...parts, node });
  assert.equal(log.level, 'info');
  assert.deepEqual(lines[0]?.['err'], { code: 'closed', message: 'the node was stopped' });
});

it('a node that stops does not read its settings again', async () => {
  const { parts, given, told, stop } = await rig('info', 'debug');
  stop.abort();
  reload(parts);
  assert.deepEqual(given, []);
  assert.deepEqual(told(), ['the node is stopping; its settings are not read again']);
});
