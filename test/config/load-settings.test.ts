import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { loadSettings } from '../../src/config/load-settings.ts';
import { originText } from '../../src/config/origin.ts';
import { defaultSettings } from '../../src/config/settings.ts';
import { DAY, GiB, MINUTE, MiB } from '../../src/config/units.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { load } from './load.ts';

const key = 'ab'.repeat(32);

it('without any source every setting has its default, and the server the name of its host', () => {
  const { settings, origins, configFile } = load({ hostname: 'My Host_1.example.' });
  assert.equal(configFile, undefined);
  assert.deepEqual(settings, {
    ...defaultSettings,
    server: 'my-host-1.example',
    state: join('.bucketcast', 'state', 'my-host-1.example'),
  });
  assert.equal(originText(origins.of(['server'])), 'host name');
  assert.equal(originText(origins.of(['store', 'url'])), 'default');
});

it('flags win over variables, those over hosts, those over the file, that over the defaults', () => {
  const yaml = `
server: web
publish: { lanes: 2, segmentsInFlight: 2, tipIntervalMs: 2, maxSegmentUpdates: 2 }
hosts:
  - match: "*"
    publish: { lanes: 3, segmentsInFlight: 3, tipIntervalMs: 3 }
`;
  const environment = { BUCKETCAST_PUBLISH_LANES: '4', BUCKETCAST_PUBLISH_SEGMENTS_IN_FLIGHT: '4' };
  const flags = [{ flag: '--lanes', path: ['publish', 'lanes'], value: 5 }];
  const { settings, origins } = load({ yaml, environment, flags });
  const { lanes, segmentsInFlight, tipIntervalMs, maxSegmentUpdates, flushIntervalMs } = settings.publish;
  assert.deepEqual(
    [lanes, segmentsInFlight, tipIntervalMs, maxSegmentUpdates, flushIntervalMs],
    [5, 4, 3, 2, 20],
  );
  const origin = (name: string) =>
    originText(origins.of(['publish', name])).replace(/^.*bucketcast\.yaml/, 'bucketcast.yaml');
  assert.deepEqual(
    ['lanes', 'segmentsInFlight', 'tipIntervalMs', 'maxSegmentUpdates', 'flushIntervalMs'].map(origin),
    [
      '--lanes',
      'BUCKETCAST_PUBLISH_SEGMENTS_IN_FLIGHT',
      'bucketcast.yaml:6 (hosts: *)',
      'bucketcast.yaml:3',
      'default',
    ],
  );
});

it('hosts match the host name or the server name, as a table too, and the last match wins', () => {
  const yaml = `
hosts:
  "Big-*": { limits: { requestsInFlight: 200, bytesInFlight: 1GiB } }
  "{web,api}-[0-9]": { limits: { requestsInFlight: 100 } }
  "other": { limits: { requestsInFlight: 1 } }
`;
  const limits = (hostname: string, server?: string) =>
    load({ yaml, hostname, environment: { BUCKETCAST_SERVER: server } }).settings.limits;
  assert.equal(limits('big-7').bytesInFlight, GiB);
  assert.equal(limits('big-7', 'web-3').requestsInFlight, 100);
  assert.equal(limits('big-7', 'web-3').bytesInFlight, GiB);
  assert.equal(limits('web-10').requestsInFlight, defaultSettings.limits.requestsInFlight);
});

it('a host entry can name the server', () => {
  const { settings } = load({
    yaml: 'hosts: [{ match: "vm-17.*", server: reports }]',
    hostname: 'vm-17.internal',
  });
  assert.equal(settings.server, 'reports');
  assert.equal(settings.state, join('.bucketcast', 'state', 'reports'));
});

it('times and sizes may be written with their units, in every source', () => {
  const { settings } = load({
    yaml: 'retention: { maxAgeMs: 3d }\nread: { maxSegmentBytes: "0.5 GiB" }',
    environment: {
      BUCKETCAST_LIMITS_UPLOAD_BYTES_PER_SECOND: '10MiB',
      BUCKETCAST_JANITOR_QUIET_MS: '900000',
    },
    flags: [{ flag: '--patience', path: ['read', 'patienceMs'], value: '2m' }],
  });
  assert.equal(settings.retention.maxAgeMs, 3 * DAY);
  assert.equal(settings.read.maxSegmentBytes, 512 * MiB);
  assert.equal(settings.limits.uploadBytesPerSecond, 10 * MiB);
  assert.equal(settings.janitor.quietMs, 900_000);
  assert.equal(settings.read.patienceMs, 2 * MINUTE);
});

it('variables give texts, numbers, booleans, and JSON for lists and tables; an empty one says nothing', () => {
  const { settings } = load({
    environment: {
      BUCKETCAST_STORE_URL: 's3://bucket/prefix',
      BUCKETCAST_STORE_PROFILE: '',
      BUCKETCAST_POLL_GROWTH: '2.5',
      BUCKETCAST_JANITOR_ENABLED: 'false',
      BUCKETCAST_STORE_ACCESS_KEY_ID: '12345',
      BUCKETCAST_ENCRYPTION_KEYS: JSON.stringify([{ id: 'k1', secret: key }]),
      BUCKETCAST_SUBSCRIPTIONS: JSON.stringify({ main: { sink: { type: 'stdout' } } }),
    },
  });
  assert.equal(settings.store.url, 's3://bucket/prefix');
  assert.equal(settings.store.profile, undefined);
  assert.equal(settings.poll.growth, 2.5);
  assert.equal(settings.janitor.enabled, false);
  assert.equal(
    settings.store.accessKeyId,
    '12345',
    'what looks like a number stays a text where a text is meant',
  );
  assert.deepEqual(settings.encryption.keys, [{ id: 'k1', secret: key }]);
  assert.equal(settings.subscriptions['main']?.maxBatch, 1000);
});

it('secrets come from files that the settings or variables name, without the closing line end', () => {
  const directory = temporaryDirectory();
  const file = (name: string, text: string) => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const yaml = `
store:
  accessKeyIdFile: ${file('id', 'AKIA\r\n')}
  secretAccessKeyFile: ${file('secret', 'from the file\n')}
encryption:
  keys: [{ id: k1, secretFile: ${file('key', `${key}\n`)} }]
`;
  const environment = { BUCKETCAST_STORE_SESSION_TOKEN_FILE: file('token', ' spaces stay \n') };
  const { settings, origins } = load({ yaml, environment });
  assert.equal(settings.store.accessKeyId, 'AKIA');
  assert.equal(settings.store.secretAccessKey, 'from the file');
  assert.equal(settings.store.sessionToken, ' spaces stay ');
  assert.deepEqual(settings.encryption.keys, [{ id: 'k1', secret: key }]);
  assert.match(
    originText(origins.of(['store', 'secretAccessKey'])),
    /secret, named by .*bucketcast\.yaml:4$/,
  );
  assert.match(
    originText(origins.of(['encryption', 'keys', 0, 'secret'])),
    /key, named by .*bucketcast\.yaml:6$/,
  );
  const above = load({ yaml, environment: { BUCKETCAST_STORE_SECRET_ACCESS_KEY: 'from above' } });
  assert.equal(above.settings.store.secretAccessKey, 'from above');
  const keys = load({
    environment: {
      BUCKETCAST_ENCRYPTION_KEYS_FILE: file('ring', JSON.stringify([{ id: 'k2', secret: key }])),
    },
  });
  assert.equal(keys.settings.encryption.keys[0]?.id, 'k2');
});

it('a section or a file with every line commented out says nothing', () => {
  for (const yaml of ['', '# nothing', 'store:\n  # url: x\nhosts:\n']) {
    assert.deepEqual(load({ yaml }).settings.store, defaultSettings.store, JSON.stringify(yaml));
  }
});

it('layers fill one subscription together', () => {
  const { settings } = load({
    yaml: 'subscriptions: { main: { sink: { type: stdout } } }',
    environment: { BUCKETCAST_SUBSCRIPTIONS: '{"main":{"maxBatch":5},"side":{"sink":{"type":"stdout"}}}' },
  });
  const rest = { from: 'earliest', layout: 'log', parse: 'none', unparsed: 'raw' };
  assert.deepEqual(settings.subscriptions, {
    main: { ...rest, sink: { type: 'stdout' }, maxBatch: 5 },
    side: { ...rest, sink: { type: 'stdout' }, maxBatch: 1000 },
  });
});

it('variables that Kubernetes and other programs make are left alone', () => {
  load({
    environment: {
      BUCKETCAST_PORT: 'tcp://10.0.0.1:80',
      BUCKETCAST_PORT_80_TCP_ADDR: '10.0.0.1',
      BUCKETCAST_SERVICE_HOST: '10.0.0.1',
      BUCKETCAST_SERVICE_PORT_HTTP: '80',
      BUCKETCAST_IMAGE_TAG: 'latest',
    },
  });
});

it('a named settings file must exist, and may be named by a variable', () => {
  const sources = { environment: {}, hostname: 'h' };
  const missing = {
    code: 'invalid-settings',
    message: /the settings file \/no\/such\.yaml could not be read/,
  };
  assert.throws(() => loadSettings({ ...sources, configFile: '/no/such.yaml' }), missing);
  assert.throws(
    () => loadSettings({ ...sources, environment: { BUCKETCAST_CONFIG: '/no/such.yaml' } }),
    missing,
  );
});

it('everything that is wrong is told at once', () => {
  assert.throws(
    () => load({ yaml: 'a: 1\nb: 2', environment: { BUCKETCAST_PUBLISH_LANES: 'x' } }),
    (error: Error) => {
      assert.match(error.message, /^3 settings are wrong:\n/);
      assert.equal(error.message.split('\n').length, 4);
      return true;
    },
  );
});
