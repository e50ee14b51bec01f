import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { command, workplace } from './command-line.ts';

const commands = [
  'node',
  'publish',
  'tail',
  'status',
  'limits',
  'dead-letters',
  'doctor',
  'get',
  'config',
  'keygen',
  'cleanup',
];

describe('help', () => {
  it('names every command and the exit codes', async () => {
    const { code, out, err } = await command(['--help']);
    assert.equal(code, 0);
    assert.equal(err, '');
    for (const name of commands) assert.match(out, new RegExp(`^  ${name}\\b`, 'm'));
    for (const exit of [0, 1, 2, 3, 4, 5, 130, 143]) assert.match(out, new RegExp(`^  ${exit} +\\w`, 'm'));
  });

  for (const name of commands) {
    it(`of ${name} explains it with examples`, async () => {
      const { code, out } = await command([name, '--help']);
      assert.equal(code, 0);
      assert.match(out, new RegExp(`Usage: bucketcast ${name}`));
      assert.match(out, new RegExp(`Examples:\\n(.*\\n)*? +.*bucketcast ${name}`));
      assert.doesNotMatch(out, /secret\b.*<|--secret|--access-key/i, 'no flag takes a secret');
    });
  }

  for (const name of ['list', 'show', 'replay', 'drop']) {
    it(`of dead-letters ${name} is there`, async () => {
      const { code, out } = await command(['dead-letters', name, '--help']);
      assert.equal(code, 0);
      assert.match(out, /--state <dir>/);
    });
  }
});

it('tells its version', async () => {
  assert.match((await command(['--version'])).out, /^\d+\.\d+\.\d+\n$/);
});

const mistakes: readonly (readonly [words: string, told: RegExp])[] = [
  ['', /Usage: bucketcast/],
  ['publsh', /unknown command 'publsh'.*\n.*Did you mean publish/],
  ['tail --form earliest', /unknown option '--form'.*\n.*Did you mean --from/],
  ['tail --from', /argument missing/],
  [
    'tail --from yesterday',
    /from: expected `earliest`, `latest`, `snapshot` or an ISO 8601 time, got "yesterday"/,
  ],
  ['node extra', /too many arguments/],
  ['publish', /publish takes either a URL or --ndjson/],
  ['publish u --ndjson -', /publish takes either a URL or --ndjson/],
  ['publish --ndjson - --data 1', /content and data stand in the lines/],
  ['publish u --data {', /--data: this is no JSON/],
  ['publish u --content /no/such/file', /\/no\/such\/file could not be read \(ENOENT/],
  ['publish --ndjson /no/such/file', /\/no\/such\/file could not be read \(ENOENT/],
  ['publish u --content a --content-json b', /either --content or --content-json/],
  ['publish u --delete --content -', /a --delete has no content/],
  ['publish u --timeout soon', /Expected a number of milliseconds, or a time such as/],
  ['cleanup --max-age old', /Expected a number of milliseconds/],
  ['dead-letters', /Usage: bucketcast dead-letters/],
  ['status --check --watch', /either --check or --watch/],
  ['status --watch often', /Expected a number of milliseconds, or a time such as/],
  ['status --url 127.0.0.1:7480', /--url: expected a URL such as http:/],
  ['status --url http://me:word@host/', /--url: no secrets in URLs/],
  ['status --url http://host --token-file /no/such/file', /--token-file: \/no\/such\/file could not be read/],
  ['status --token-file x', /--token-file goes with --url/],
  ['limits set', /missing required argument/],
  ['limits set requestsPerSecond', /expected name=value, such as requestsPerSecond=50/],
  ['limits set requestsPerSecnd=5', /no limit "requestsPerSecnd"; did you mean requestsPerSecond\?/],
  ['limits set maxAge=5', /no limit "maxAge"; there are requestsInFlight, /],
  ['limits set bytesInFlight=lots', /limits\.bytesInFlight: expected a number of bytes, or a size such as/],
  ['limits set requestsInFlight=0', /limits\.requestsInFlight: expected an integer, at least 1, got 0/],
  ['dead-letters show x', /expected the number of a dead letter, got "x"/],
  ['dead-letters drop', /drop takes either ids or --all/],
  ['dead-letters drop 1 --all', /drop takes either ids or --all/],
  ['config --config /no/such.yaml', /the settings file \/no\/such\.yaml could not be read/],
  ['doctor --store ftp://x', /store\.url: expected a URL that begins with `s3:\/\/`/],
];

describe('a mistake on the command line ends with 2 and says what is wrong', () => {
  for (const [words, told] of mistakes) {
    it(words === '' ? '(no command)' : words, async () => {
      const { words: place } = workplace();
      const [name = '', ...rest] = words.split(' ');
      const named = /^(tail|publish)$/.test(name) ? place : [];
      const { code, out, err } = await command([name, ...named, ...rest].filter((word) => word !== ''));
      assert.match(err, told);
      assert.equal(out, '');
      assert.equal(code, 2);
    });
  }
});

it('an empty URL is a mistake on the command line, too', async () => {
  const { code, err } = await command(['publish', '', ...workplace().words]);
  assert.deepEqual([code, err.split('\n')[0]], [2, 'bucketcast: the URL is empty']);
});

describe('config', () => {
  const file = (yaml: string) => {
    const path = join(temporaryDirectory(), 'bucketcast.yaml');
    writeFileSync(path, yaml);
    return path;
  };

  it('tells of an unknown setting with its line and what was meant', async () => {
    const { code, err } = await command(['config', '--config', file('store:\n  url: file:x\n  proxi: y\n')]);
    assert.equal(code, 2);
    assert.match(
      err,
      /^bucketcast: store\.proxi: unknown setting; did you mean `proxy`\? \[.*bucketcast\.yaml:3\]\n/,
    );
  });

  it('prints every setting with its value and where it came from, and hides secrets', async () => {
    const path = file(
      `store: { url: "file:x", secretAccessKey: hunter2 }\nencryption: { keys: [{ id: k1, secret: ${'ab'.repeat(32)} }] }\n` +
        'subscriptions: { mail: { sink: { type: webhook, url: "https://a.example/hunter2", headers: { x: hunter2 } } } }',
    );
    const environment = {
      BUCKETCAST_RETENTION_MAX_AGE_MS: '36h',
      BUCKETCAST_STORE_PROXY: 'http://user:hunter2@proxy',
    };
    const { code, out } = await command(['config', '--config', path, '--server', 'web'], { environment });
    assert.equal(code, 0);
    const line = (setting: string) =>
      out
        .split('\n')
        .find((text) => text.startsWith(`${setting} `))
        ?.split(/ {2,}/);
    assert.deepEqual(line('server'), ['server', 'web', '--server']);
    assert.deepEqual(line('retention.maxAgeMs'), [
      'retention.maxAgeMs',
      '36h',
      'BUCKETCAST_RETENTION_MAX_AGE_MS',
    ]);
    assert.deepEqual(line('store.url'), ['store.url', 'file:x', `${path}:1`]);
    assert.deepEqual(line('store.secretAccessKey'), ['store.secretAccessKey', '(hidden)', `${path}:1`]);
    assert.deepEqual(line('encryption.keys[0].id'), ['encryption.keys[0].id', 'k1', `${path}:2`]);
    assert.deepEqual(line('subscriptions.mail.sink.url')?.[1], '(hidden)');
    assert.deepEqual(line('subscriptions.mail.sink.timeoutMs')?.[1], '30s');
    assert.deepEqual(line('poll.maxMs'), ['poll.maxMs', '10s', 'default']);
    assert.doesNotMatch(out, /hunter2|abab/);
  });

  it('prints JSON on request, a setting a line, with plain numbers', async () => {
    const { out } = await command(['config', '--json']);
    const rows = out
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text) as { path: string });
    assert.deepEqual(
      rows.find(({ path }) => path === 'poll.maxMs'),
      { path: 'poll.maxMs', value: 10_000, origin: 'default' },
    );
    assert.deepEqual(
      rows.find(({ path }) => path === 'store.profile'),
      { path: 'store.profile', value: null, origin: 'default' },
    );
  });
});
