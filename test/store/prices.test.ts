import assert from 'node:assert/strict';
import { it } from 'node:test';
import { defaultSettings } from '../../src/config/settings.ts';
import { pricesFor } from '../../src/store/prices.ts';

function priced(prices: Partial<typeof defaultSettings.prices>, url = 's3://bucket') {
  const store = { ...defaultSettings.store, url };
  return pricesFor({ store, prices: { ...defaultSettings.prices, ...prices } });
}

it('the price list is that of the settings, else of the preset', () => {
  assert.equal(priced({}, 's3://bkt?preset=r2&account=a').name, 'r2');
  assert.equal(priced({}, 's3://bkt?preset=r2&account=a').downloadPerGB, 0);
  assert.equal(priced({}, 's3://bkt?preset=ceph&endpoint=http://h').name, 'none');
  assert.equal(priced({}, 's3://bkt?endpoint=http://h').name, 'none');
  assert.equal(priced({ list: 'gcs' }, 's3://bkt?endpoint=https://storage.googleapis.com').name, 'gcs');
  assert.equal(priced({ list: 'none' }).name, 'none');
});

it('prices of the settings override the list one by one', () => {
  const { name, perMillion, downloadPerGB } = priced({ writePerMillion: 7, downloadPerGB: 0 });
  assert.deepEqual(
    { name, put: perMillion.put, list: perMillion.list, get: perMillion.get, downloadPerGB },
    { name: 'custom', put: 7, list: 7, get: 0.4, downloadPerGB: 0 },
  );
});
