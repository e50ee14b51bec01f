import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { readNodeFile } from '../../src/state/node-file.ts';
import { command, type Ended, startCli } from '../cli/command-line.ts';
import { PlantedSecrets } from '../support/planted-secrets.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { startStoreFront } from './store-front.ts';

const timeout = 60_000;
type Variables = Readonly<Record<string, string>>;

/** Secrets in every place that takes one, and command lines whose whole output is searched for them. */
class Minefield {
  readonly secrets = new PlantedSecrets();
  readonly directory = temporaryDirectory();
  readonly #t: TestContext;

  constructor(t: TestContext) {
    this.#t = t;
  }

  file(name: string, text: string): string {
    const path = join(this.directory, name);
    writeFileSync(path, text);
    return path;
  }

  /** Every secret by its variable. */
  variables() {
    const { secrets } = this;
    return {
      BUCKETCAST_STATE: join(this.directory, 'state'),
      BUCKETCAST_STORE_ACCESS_KEY_ID: 'id',
      BUCKETCAST_STORE_SECRET_ACCESS_KEY: secrets.take('secret key'),
      BUCKETCAST_STORE_SESSION_TOKEN: secrets.take('session token'),
      BUCKETCAST_ENCRYPTION_KEYS: JSON.stringify([{ id: 'k1', secret: this.key('encryption key') }]),
      BUCKETCAST_ENCRYPTION_ACTIVE: 'k1',
      BUCKETCAST_HTTP_TOKEN: secrets.take('http token'),
      BUCKETCAST_LOG_LEVEL: 'debug',
      BUCKETCAST_RETRY_ATTEMPTS: '2',
    };
  }

  key(name: string): string {
    const secret = this.secrets.plain(name).slice(2).padEnd(64, 'ab');
    return this.secrets.know(name, secret);
  }

  /** Runs it to its end, whatever that is. */
  async run(words: string, environment: Variables): Promise<string> {
    return this.#searched(words, await startCli(this.#t, words.split(' '), environment).ended());
  }

  /** The same in this process, which is quicker. */
  async runHere(words: string, environment: Variables): Promise<string> {
    return this.#searched(words, await command(words.split(' '), { environment }));
  }

  #searched(words: string, { code, out, err }: Ended): string {
    this.assertNone(`${words} (${code})`, out + err);
    return out + err;
  }

  assertNone(where: string, text: string): void {
    assert.notEqual(text, '', `${where} says something`);
    assert.deepEqual(this.secrets.found(text), [], `${where}:\n${text}`);
  }
}

const failing = [
  'doctor',
  'publish u --timeout 1s',
  'tail',
  'status',
  'limits',
  'dead-letters list',
  'cleanup',
];

it('no command shows a secret that came by a variable, whether the store answers or not', {
  timeout,
}, async (t) => {
  const field = new Minefield(t);
  const front = await startStoreFront(t, 'refuse');
  const variables = { ...front.environment, ...field.variables() };
  for (const words of ['config', 'config --json', ...failing]) await field.runHere(words, variables);
  await front.open();
  for (const words of ['doctor', 'publish u --timeout 1s', 'status --json'])
    await field.run(words, variables);
});

it('no command shows a secret that came by files', { timeout }, async (t) => {
  const field = new Minefield(t);
  const front = await startStoreFront(t, 'refuse');
  const { secrets } = field;
  const config = field.file(
    'settings.yaml',
    `
store:
  accessKeyId: id
  secretAccessKeyFile: ${field.file('key', secrets.take('key in a file'))}
  sessionToken: ${JSON.stringify(secrets.take('token in the settings file'))}
encryption:
  active: k2
  keys:
    - { id: k1, secretFile: ${field.file('k1', field.key('encryption key in a file'))} }
    - { id: k2, secret: ${field.key('encryption key in the settings file')} }
http: { tokenFile: ${field.file('token', secrets.take('http token in a file'))} }
log: { level: debug }
`,
  );
  const { BUCKETCAST_STORE_URL = '' } = front.environment;
  const variables = { BUCKETCAST_STORE_URL, BUCKETCAST_CONFIG: config, BUCKETCAST_RETRY_ATTEMPTS: '1' };
  for (const words of ['config', 'doctor', 'publish u --timeout 1s', 'status'])
    await field.run(words, variables);
});

it('credentials in the URL of a proxy or of the store are not repeated', { timeout }, async (t) => {
  const field = new Minefield(t);
  const proxy = createServer((_request, response) => response.writeHead(407).end('who are you?'));
  proxy.on('connect', (_request, socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'));
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => proxy.closeAllConnections());
  t.after(() => proxy.close());
  const { port } = proxy.address() as AddressInfo;
  const credentials = () => `user:${field.secrets.plain('password')}`;
  const base = field.variables();
  for (const scheme of ['http', 'https']) {
    const BUCKETCAST_STORE_URL = `s3://bucket?endpoint=${scheme}://store.invalid`;
    for (const address of [`127.0.0.1:${port}`, '127.0.0.1:9', 'nowhere.invalid', 'no port at all']) {
      const url = `http://${credentials()}@${address}`;
      await field.runHere('doctor', { ...base, BUCKETCAST_STORE_URL, BUCKETCAST_STORE_PROXY: url });
    }
    const HTTPS_PROXY = `http://${credentials()}@127.0.0.1:${port}`;
    await field.run('doctor', { ...base, BUCKETCAST_STORE_URL, HTTPS_PROXY, HTTP_PROXY: HTTPS_PROXY });
  }
  for (const url of [
    `s3://${credentials()}@bucket?endpoint=http://127.0.0.1:9`,
    `s3://bucket?endpoint=http://${credentials()}@127.0.0.1:9`,
    `s3://bucket?endpoint=http://127.0.0.1:9&secretAccessKey=${field.secrets.plain('secret in the URL')}`,
    `http://${credentials()}@127.0.0.1:9/bucket`,
  ]) {
    for (const words of ['config', 'doctor', 'status']) {
      await field.runHere(words, { ...base, BUCKETCAST_STORE_URL: url });
    }
  }
});

it('a mistake beside a secret, or in one, is told without it', { timeout }, async (t) => {
  const field = new Minefield(t);
  const { secrets } = field;
  const plain = (name: string) => secrets.plain(name);
  for (const [index, yaml] of [
    `store: { secretAccesKey: ${plain('in a misspelt setting')} }`,
    `store: { secretAccessKey: [${plain('in a list')}] }`,
    `store: { secretAccessKey: { value: ${plain('in a table')} } }`,
    `store:\n  secretAccessKey: "${plain('without an end')}\nhttp: {}`,
    `store:\n  secretAccessKey: ${plain('in wrong YAML')}: x: y\n`,
    `store:\n\tsecretAccessKey: ${plain('after a tab')}\n`,
    `store: { secretAccessKey: ${plain('twice')}, secretAccessKey: ${plain('and again')} }`,
    `encryption: { keys: [{ id: k1, secret: ${plain('no key')} }] }`,
    `encryption: { keys: ${plain('in place of the list')} }`,
    `encryption: { keys: [${plain('in place of an entry')}] }`,
    `encryption: { keys: { k1: ${plain('by name')} } }`,

    `http: ${plain('in place of a section')}`,
    `secretAccessKey: ${plain('at the top')}`,
    `hosts: { "*": { store: { sessionToken: [${plain('for a host')}] } } }`,
    `*${plain('an alias')}`,
    `store: !${plain('a tag')} x`,
  ].entries()) {
    await field.runHere('config', { BUCKETCAST_CONFIG: field.file(`${index}.yaml`, yaml) });
  }
  secrets.know('short token', 'Sx14-1234567890');
  const variablesGiven: readonly Variables[] = [
    { BUCKETCAST_ENCRYPTION_KEYS: plain('no JSON') },
    { BUCKETCAST_ENCRYPTION_KEYS: `[{"id": "k1", "secret": "${plain('in broken JSON')}"` },
    { BUCKETCAST_ENCRYPTION_KEYS: `[{"id": "k1", "secret": "${plain('no hex')}"}]` },
    { BUCKETCAST_ENCRYPTION_KEYS: `{"k1": "${plain('as a table')}"}` },
    { BUCKETCAST_ENCRYPTION_KEYS_FILE: field.file('keys.json', plain('in a file that is no JSON')) },
    { BUCKETCAST_HTTP_TOKEN: 'Sx14-1234567890' },
    { BUCKETCAST_STORE_SECRET_ACESS_KEY: plain('in a misspelt variable') },
    { BUCKETCAST_STORE_PROXY: plain('no proxy') },
  ];
  for (const variables of variablesGiven) {
    for (const words of ['config', 'node'])
      await field.runHere(words, { ...variables, BUCKETCAST_SERVER: '!' });
  }
});

it('a running node shows no secret: not in its log at debug, not by HTTP, not when it reads its settings again', {
  timeout,
}, async (t) => {
  const field = new Minefield(t);
  const front = await startStoreFront(t, 'refuse');
  const hintSecret = field.secrets.take('secret of hints');
  const hints = `{ secretFile: ${field.file('hints', hintSecret)}, peers: ["http://127.0.0.1:9"] }`;
  const config = field.file('settings.yaml', `hints: { webhook: ${hints} }`);
  const secretly = field.variables();
  const variables = { ...front.environment, ...secretly, BUCKETCAST_CONFIG: config };
  const token = secretly.BUCKETCAST_HTTP_TOKEN;
  const node = startCli(t, ['node'], variables);
  await node.told(/does not answer/);
  await front.open();
  await node.told(/the node runs/);

  const running = readNodeFile(secretly.BUCKETCAST_STATE);
  assert.ok(running, 'the node has left its address');
  field.secrets.know("the node's own token", running.token);
  const wrong = field.secrets.plain('a wrong token');
  for (const bearer of [undefined, wrong, token, running.token]) {
    const headers = bearer === undefined ? {} : { authorization: `Bearer ${bearer}` };
    for (const path of [
      'healthz',
      'readyz',
      'metrics',
      'api/status',
      'api/limits',
      `nowhere`,
      `api/limits?token=${wrong}`,
    ]) {
      const answer = await fetch(`${running.url}/${path}`, { headers });
      const head = JSON.stringify([...answer.headers]);
      field.assertNone(`GET ${path}: ${answer.status}`, head + (await answer.text()));
    }
    for (const body of [`{"url": "${wrong}`, '[]', '{"requestsInFlight": "many"}']) {
      for (const [method, path] of [
        ['POST', 'api/updates'],
        ['PATCH', 'api/limits'],
      ] as const) {
        const contentType = { 'content-type': 'application/json' };
        const answer = await fetch(`${running.url}/${path}`, {
          method,
          body,
          headers: { ...headers, ...contentType },
        });
        field.assertNone(`${method} ${path}: ${answer.status}`, `${answer.status} ${await answer.text()}`);
      }
    }
  }
  for (const secret of [wrong, hintSecret]) {
    const path = `hints?secret=${encodeURIComponent(secret)}`;
    const answer = await fetch(`${running.url}/${path}`, { method: 'POST', body: `{"Records": "${wrong}"}` });
    const head = `${answer.status} ${JSON.stringify([...answer.headers])}`;
    assert.match(head, secret === wrong ? /^401/ : /^400/);
    field.assertNone(`POST /hints: ${answer.status}`, head + (await answer.text()));
  }
  for (const words of ['status', 'status --json', 'limits', 'publish u --timeout 1s'])
    await field.run(words, variables);

  for (const [yaml, answer] of [
    [`store: { proxy: "http://u:${field.secrets.plain('new proxy')}@p" }`, /next start only/],
    [
      `encryption: { keys: [${field.secrets.plain('new wrong key')}] }\nretention: { maxAgeMs: -1 }`,
      /could not be read/,
    ],
    [`http: "${field.secrets.plain('unclosed')}`, /could not be read/],
  ] as const) {
    writeFileSync(config, yaml);
    node.child.kill('SIGHUP');
    await node.told(answer);
  }
  node.child.kill('SIGTERM');
  const { out, err, code } = await node.ended();
  assert.equal(code, 143, err);
  field.assertNone('the log', out + err);
});
