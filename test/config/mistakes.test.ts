import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isBucketcastError } from '../../src/base/errors.ts';
import { type Given, load } from './load.ts';

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
    what: 'a writer that would write on after it may have been parked',
    yaml: 'janitor: { quietMs: 5m }',
    told: /^publish\.retireAfterMs: expected less than janitor\.quietMs \(300000\), got 300000/,
  },
  {
    what: 'an update that no reader with these settings would take',
    yaml: 'read: { maxSegmentBytes: 8MiB }',
    told: /^publish\.maxUpdateBytes: expected at most read\.maxSegmentBytes \(8388608\)/,
  },
  {
    what: 'heartbeats that follow each other too fast',
    yaml: 'heartbeat: { intervalMs: 5 }',
    told: /^heartbeat\.intervalMs: expected 0 \(never\) or at least 1000, got 5/,
  },
  {
    what: 'snapshots of an index that there is none',
    yaml: 'snapshots: { write: claim }',
    told: /^snapshots\.write: expected never while index\.enabled is false, .*, got claim/,
  },
  {
    what: 'snapshots of an index of objects, which have no place in the log',
    yaml: 'index: { enabled: true, layout: objects }\nsnapshots: { write: always }',
    told: /^snapshots\.write: expected never while index\.layout is objects, .*, got always/,
  },
  {
    what: 'hints by webhook that nobody can post, nor hear',
    yaml: `http: { enabled: false }\nhints: { webhook: { secret: ${'s'.repeat(16)} } }`,
    told: /^hints\.webhook\.peers: expected other nodes to tell while http\.enabled is false/,
  },
  {
    what: 'a topic of SNS where no HTTP is served',
    yaml: `http: { enabled: false }\nhints: { webhook: { secret: ${'s'.repeat(16)}, peers: ['http://b:1'], snsTopics: ['arn:x'] } }`,
    told: /^hints\.webhook\.snsTopics: expected none while http\.enabled is false/,
  },
  {
    what: 'ZeroMQ without an endpoint',
    yaml: 'hints: { zeromq: {} }',
    told: /^hints\.zeromq: expected bind, connect, or both, got neither/,
  },
  {
    what: 'a queue with credentials in its address, and does not repeat them',
    yaml: "hints: { sqs: { queueUrl: 'https://me:wr0ng@sqs.eu-1.example.com/1/q' } }",
    told: /^hints\.sqs\.queueUrl: expected no user and password in it: credentials are those of the store \[[^\n]*$/,
  },
  {
    what: 'a user of NATS without a password',
    yaml: "hints: { nats: { servers: ['nats://h'], user: me } }",
    told: /^hints\.nats\.password: expected one, for hints\.nats\.user is set, got nothing/,
  },
  {
    what: 'a password of NATS without a user, and does not repeat it',
    yaml: "hints: { nats: { servers: ['nats://h'], password: wr0ng } }",
    told: /^hints\.nats\.user: expected one, for hints\.nats\.password is set, got nothing \[[^\n]*$/,
  },
  {
    what: 'a user of NATS beside a token, and does not repeat it',
    yaml: "hints: { nats: { servers: ['nats://h'], user: me, token: wr0ng } }",
    told: /^hints\.nats\.token: expected none beside hints\.nats\.user \[[^\n]*$/,
  },
  {
    what: 'objects in the clear beside a sealed log',
    yaml: `objects: { publish: true }\nencryption: { active: a, keys: [{ id: a, secret: '${'0'.repeat(64)}' }] }`,
    told: /^objects\.publish: expected false while encryption\.active is set, got true: objects are written in the clear/,
  },
  {
    what: 'objects that no reader with these settings would take',
    yaml: 'objects: { publish: true, maxBytes: 16MiB }',
    told: /^objects\.maxBytes: expected at least 25165824, .*, got 16777216/,
  },
  {
    what: 'a section that is none',
    yaml: 'store: s3://x',
    told: /^store: expected a section .*, got a text of 6 characters/,
  },
  {
    what: 'a name with capitals, in words',
    yaml: 'server: Web',
    told: /^server: expected a text of 1 to 63 characters out of a-z 0-9 \. -, got "Web" \(string\)/,
  },
  {
    what: 'a token that is too short, and is not repeated',
    yaml: 'http: { token: hunter2 }',
    told: /^http\.token: expected a text of at least 16 characters, got a text of 7 characters \[.*:1\]$/,
  },
  {
    what: 'an alias to nowhere',
    yaml: 'server: *nobody',
    told: /^not valid YAML: Unresolved alias .* \[.*:1\]$/,
  },
  {
    what: 'a misspelt section, at its name and not at what is in it',
    yaml: '\nstroe:\n  url: x',
    told: /^stroe: unknown setting; did you mean `store`\? \[.*:2\]$/,
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
    told: /^encryption\.keys\[0\]\.secret: expected a text of 64 characters out of 0-9 a-f A-F, got a text of 7 characters/,
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
    told: /^subscriptions\.main\.sink: expected a section such as \{ type: stdout \} or .*, got nothing/,
  },
  {
    what: 'a kind of sink that there is none',
    yaml: 'subscriptions: { main: { sink: { type: file, path: x } } }',
    told: /^subscriptions\.main\.sink\.type: expected one of "stdout", "webhook", .*, "redis", got "file"/,
  },
  {
    what: 'a URL by the kind of its sink',
    yaml: 'subscriptions: { main: { sink: { type: redis, url: localhost, channel: a } } }',
    told: /^subscriptions\.main\.sink\.url: expected a URL that begins with `redis:\/\/`/,
  },
  {
    what: 'a setting of another kind of sink, without proposing it',
    yaml: 'subscriptions: { main: { sink: { type: stdout, path: x } } }',
    told: /^subscriptions\.main\.sink\.path: unknown setting \[/,
  },
  {
    what: 'a prefix without its slash, in words',
    yaml: 'objects: { prefix: feed-updates }',
    told: /^objects\.prefix: expected names with a `\/` behind each, such as .*, got "feed-updates"/,
  },
  {
    what: 'a watched directory whose files would all have one URL',
    yaml: 'watch: [{ path: a }, { path: b, urlFrom: nme }]',
    told: /^watch\[1\]\.urlFrom: expected `name`, `sidecar`, or a template .*, got "nme": .* \[.*:1\]$/,
  },
  {
    what: 'an entry of a list that contradicts itself, with its place',
    yaml: 'redis:\n  - { url: "redis://a", list: a, path: b }\n  - { url: "redis://a", channel: a, list: b, path: c }',
    told: /^redis\[1\]: expected either channel or list, got both \[.*:3\]$/,
  },
  {
    what: 'a length of a channel, which has none',
    yaml: 'subscriptions: { main: { sink: { type: redis, url: "redis://a", channel: a, maxLength: 9 } } }',
    told: /^subscriptions\.main\.sink\.maxLength: expected nothing beside channel, .*, got 9 \[.*:1\]$/,
  },
  {
    what: 'a directory that is watched twice',
    yaml: 'watch:\n  - { path: /a }\n  - { path: /b }\n  - { path: /c/../a/ }',
    told: /^watch\[2\]\.path: expected another directory than that of watch\[0\]\.path, got "\/c\/\.\.\/a\/" \[.*:4\]$/,
  },
  {
    what: 'a directory that two subscriptions would keep',
    yaml: 'watch: [{ path: /a }]\nsubscriptions:\n  one: { sink: { type: files, path: /a } }\n  two: { sink: { type: files, path: /a } }',
    told: /^subscriptions\.two\.sink\.path: expected another directory than that of subscriptions\.one\.sink\.path, got "\/a" \[.*:4\]$/,
  },
  {
    what: 'a directory whose name says nothing',
    yaml: 'watch: [{ path: " " }]\nsubscriptions: { one: { sink: { type: files, path: "  " } } }',
    told: /^2 settings are wrong:\n {2}watch\[0\]\.path: expected the path of a directory, got " " .*\n {2}subscriptions\.one\.sink\.path: expected/,
  },
  {
    what: 'a subscription with a strange name',
    yaml: 'subscriptions: { "a b": { sink: { type: stdout } } }',
    told: /^subscriptions\.a b: expected a text of 1 to 64 characters out of A-Z a-z 0-9 \. _ -/,
  },
  {
    what: 'a start that is no time',
    yaml: 'subscriptions: { main: { from: yesterday, sink: { type: stdout } } }',
    told: /^subscriptions\.main\.from: expected "earliest", "latest", "snapshot" or a time/,
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
    told: /^server: expected a text of 1 to 63 characters out of .*, got "A B" \(string\) \[--server\]$/,
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
