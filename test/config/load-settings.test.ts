import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { isBucketcastError } from '../../src/base/errors.ts';
import type { Environment } from '../../src/config/environment.ts';
import { type FlagValue, type LoadedSettings, loadSettings } from '../../src/config/load-settings.ts';
import { originText } from '../../src/config/origin.ts';
import { defaultSettings } from '../../src/config/settings.ts';
import { DAY, GiB, MINUTE, MiB } from '../../src/config/units.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

interface Given {
  readonly yaml?: string;
  readonly environment?: Environment;
  readonly flags?: readonly FlagValue[];
  readonly hostname?: string;
}

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
    environment: { BUCKETCAST_LIMITS_UPLOAD_BYTES_PER_SECOND: '10MiB', BUCKETCAST_JANITOR_QUIET_MS: '90000' },
    flags: [{ flag: '--patience', path: ['read', 'patienceMs'], value: '2m' }],
  });
  assert.equal(settings.retention.maxAgeMs, 3 * DAY);
  assert.equal(settings.read.maxSegmentBytes, 512 * MiB);
  assert.equal(settings.limits.uploadBytesPerSecond, 10 * MiB);
  assert.equal(settings.janitor.quietMs, 90_000);
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
  assert.deepEqual(settings.subscriptions, {
    main: { from: 'earliest', sink: { type: 'stdout' }, maxBatch: 5 },
    side: { from: 'earliest', sink: { type: 'stdout' }, maxBatch: 1000 },
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

const mistakes: readonly (Given & { readonly what: string; readonly told: RegExp })[] = [
  {
    what: 'a value of the wrong type',
    yaml: 'store: { url: 12 }',
    told: /^store\.url: expected a text that is not empty, got 12 \(number\) \[.*bucketcast\.yaml:1\]$/,
  },
  {
    what: 'a number out of range',
    yaml: '\npublish:\n  lanes: 40',
    told: /^publish\.lanes: expected an integer from 1 to 16, got 40 \(number\) \[.*:3\]$/,
  },
  {
    what: 'a choice that there is none',
    environment: { BUCKETCAST_LOG_LEVEL: 'loud' },
    told: /^log\.level: expected one of "debug", .*, got "loud" \(string\) \[BUCKETCAST_LOG_LEVEL\]$/,
  },
  {
    what: 'a time without a known unit',
    yaml: 'read: { patienceMs: 7 parsecs }',
    told: /^read\.patienceMs: expected a number of milliseconds, or a time such as .*, got "7 parsecs"/,
  },
  {
    what: 'a section that is none',
    yaml: 'store: s3://x',
    told: /^store: expected a section .*, got "s3:\/\/x" \(string\)/,
  },
  {
    what: 'a misspelt setting',
    yaml: 'store:\n  ulr: x',
    told: /^store\.ulr: unknown setting; did you mean `url`\? \[.*:2\]$/,
  },
  {
    what: 'a setting in the wrong section',
    yaml: 'patienceMs: 1',
    told: /^patienceMs: unknown setting; did you mean `read\.patienceMs`\?/,
  },
  {
    what: 'a misspelt section',
    yaml: 'publsh: { lanes: 2 }',
    told: /^publsh: unknown setting; did you mean `publish`\?/,
  },
  { what: 'a misspelt hosts', yaml: 'host: []', told: /^host: unknown setting; did you mean `hosts`\?/ },
  {
    what: 'a misspelt variable',
    environment: { BUCKETCAST_STORE_ULR: 'x' },
    told: /^unknown variable; did you mean BUCKETCAST_STORE_URL\? \[BUCKETCAST_STORE_ULR\]$/,
  },
  {
    what: 'a variable of an unknown setting in a section',
    environment: { BUCKETCAST_STORE_COLOUR: 'x' },
    told: /^unknown variable \[BUCKETCAST_STORE_COLOUR\]$/,
  },
  {
    what: 'a variable that should be JSON',
    environment: { BUCKETCAST_SUBSCRIPTIONS: 'main' },
    told: /^subscriptions: expected JSON, and this is none/,
  },
  {
    what: 'a secret of the wrong form, without repeating it',
    yaml: 'encryption: { keys: [{ id: k1, secret: hunter2 }] }',
    told: /^encryption\.keys\[0\]\.secret: expected a text like .*, got a text of 7 characters/,
  },
  {
    what: 'a secret file that is not there, once',
    yaml: 'encryption: { keys: [{ id: k1, secretFile: /no/such }] }',
    told: /^encryption\.keys\[0\]\.secretFile: the file \/no\/such could not be read \(ENOENT[^\n]*$/,
  },
  {
    what: 'a secret given twice',
    yaml: 'store: { secretAccessKey: a, secretAccessKeyFile: b }',
    told: /secretAccessKeyFile: expected either this or secretAccessKey, got both/,
  },
  {
    what: 'a secret given twice by variables',
    environment: { BUCKETCAST_STORE_PROXY: 'a', BUCKETCAST_STORE_PROXY_FILE: 'b' },
    told: /expected either BUCKETCAST_STORE_PROXY or BUCKETCAST_STORE_PROXY_FILE, got both/,
  },
  {
    what: 'a file for what is no secret',
    yaml: 'store: { urlFile: x }',
    told: /^store\.urlFile: unknown setting; did you mean `\w+`\?/,
  },
  {
    what: 'a subscription without a sink',
    yaml: 'subscriptions: { main: }',
    told: /^subscriptions\.main\.sink: expected a section with a known `type`, got nothing/,
  },
  {
    what: 'a subscription with a strange name',
    yaml: 'subscriptions: { "a b": { sink: { type: stdout } } }',
    told: /^subscriptions\.a b: expected a name like/,
  },
  {
    what: 'a start that is no time',
    yaml: 'subscriptions: { main: { from: yesterday, sink: { type: stdout } } }',
    told: /^subscriptions\.main\.from: expected "earliest", "latest" or a time/,
  },
  {
    what: 'limits that contradict each other',
    yaml: 'poll: { minMs: 5000, maxMs: 10 }',
    told: /^poll\.maxMs: expected at least poll\.minMs \(5000\), got 10/,
  },
  {
    what: 'a mistake meant for another host',
    yaml: 'hosts: [{ match: elsewhere, limits: { requestsInFlight: 0, x: 1 } }]',
    told: /^2 settings are wrong:\n {2}limits\.requestsInFlight: .* \(hosts: elsewhere\)\]\n {2}limits\.x: unknown setting/,
  },
  {
    what: 'a host entry without a pattern',
    yaml: 'hosts: [{ server: a }]',
    told: /^hosts\[0\]: expected `match:` with a pattern/,
  },
  {
    what: 'a file that is no YAML',
    yaml: 'store:\n  url: [',
    told: /not valid YAML: .* \[.*bucketcast\.yaml:2\]$/,
  },
  {
    what: 'a name that stands twice',
    yaml: 'server: a\nserver: b',
    told: /not valid YAML: Map keys must be unique \[.*:2\]/,
  },
  { what: 'a file that is a list', yaml: '- store', told: /^expected `name: value` lines \[.*:1\]$/ },
  {
    what: 'a name that means something to JavaScript',
    yaml: '__proto__: { server: x }',
    told: /^__proto__: unknown setting/,
  },
  {
    what: 'a server name that is none',
    flags: [{ flag: '--server', path: ['server'], value: 'A B' }],
    told: /^server: expected a text like .*, got "A B" \(string\) \[--server\]$/,
  },
  {
    what: 'a host name that makes no server name',
    hostname: '___',
    told: /^server: no name can be made of the host name "___"/,
  },
];

for (const { what, told, ...given } of mistakes) {
  it(`tells of ${what}`, () => {
    assert.throws(
      () => load(given),
      (error) => {
        assert.ok(isBucketcastError(error, 'invalid-settings'), String(error));
        assert.match(error.message, told);
        return true;
      },
    );
  });
}

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

/** With `yaml` in a file of its own; never with one of the working directory. */
function load({ yaml = '', environment = {}, flags = [], hostname = 'host-1' }: Given): LoadedSettings {
  const configFile = join(temporaryDirectory(), 'bucketcast.yaml');
  writeFileSync(configFile, yaml);
  const loaded = loadSettings({ configFile, environment, flags, hostname });
  return yaml === '' ? { ...loaded, configFile: undefined } : loaded;
}
