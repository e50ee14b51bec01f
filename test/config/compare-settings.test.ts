import assert from 'node:assert/strict';
import { it } from 'node:test';
import { checkSettings } from '../../src/config/check-settings.ts';
import { compareSettings, isLiveSetting } from '../../src/config/compare-settings.ts';
import { allSettings } from '../../src/config/setting-tree.ts';
import type { SettingsInput } from '../../src/config/settings.ts';

const compared = (before: SettingsInput, after: SettingsInput) =>
  compareSettings(checkSettings(before), checkSettings(after));

it('settings that say the same in other words have not changed', () => {
  assert.deepEqual(compared({}, { limits: {}, stop: { timeoutMs: 10_000 } }), { live: [], restart: [] });
});

it('limits, log level and time to stop change in a running node, everything else with its next start', () => {
  const { live, restart } = compared(
    {},
    {
      limits: { requestsInFlight: 2, downloadBytesPerSecond: 1000 },
      log: { level: 'debug' },
      stop: { timeoutMs: 1 },
      poll: { minMs: 7 },
      server: 'other',
    },
  );
  assert.deepEqual([...live].sort(), [
    'limits.downloadBytesPerSecond',
    'limits.requestsInFlight',
    'log.level',
    'stop.timeoutMs',
  ]);
  assert.deepEqual([...restart].sort(), ['poll.minMs', 'server']);
});

it('a setting that is given or taken away is named', () => {
  const given = { pool: { threads: 2 }, store: { caFile: 'ca.pem' } };
  const names = ['pool.threads', 'store.caFile'];
  assert.deepEqual([...compared({}, given).restart].sort(), names);
  assert.deepEqual([...compared(given, {}).restart].sort(), names);
});

it('subscriptions are named one by one, down to what changed in them', () => {
  const sink = { type: 'stdout' } as const;
  const { restart } = compared(
    { subscriptions: { kept: { sink }, gone: { sink }, slower: { sink } } },
    { subscriptions: { kept: { sink }, added: { sink }, slower: { sink, maxBatch: 1 } } },
  );
  assert.deepEqual([...restart].sort(), [
    'subscriptions.added',
    'subscriptions.gone',
    'subscriptions.slower.maxBatch',
  ]);
});

it('secrets are named and never told', () => {
  const before = { store: { secretAccessKey: 'old-secret' }, encryption: { keys: [] } };
  const keys = [{ id: 'k1', secret: 'ab'.repeat(32) }];
  const after = { store: { secretAccessKey: 'new-secret' }, encryption: { keys } };
  assert.deepEqual(compared(before, after), {
    live: ['encryption.keys'],
    restart: ['store.secretAccessKey'],
  });
});

it('every setting is either live or needs a restart, and all limits and keys are live', () => {
  const live = allSettings.map(({ path }) => path.join('.')).filter(isLiveSetting);
  const sections = allSettings.filter(({ path: [name] }) => name === 'limits' || name === 'encryption');
  assert.equal(live.length, sections.length + 2);
});
