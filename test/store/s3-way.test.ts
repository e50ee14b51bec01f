import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { isBucketcastError } from '../../src/base/errors.ts';
import { defaultSettings, type Settings } from '../../src/config/settings.ts';
import { openStore } from '../../src/store/open-store.ts';
import {
  certificateFile,
  type Front,
  startForwardProxy,
  startRefusingProxy,
  startTlsFront,
} from '../support/front-proxy.ts';
import { type S3ClientName, s3Clients } from './s3-clients.ts';

/** An S3 server that has nothing, and notes who asked. Signatures are Ceph's business, in `s3-trouble.test.ts`. */
const asked: { keyId: string | undefined; token: string | undefined; host: string | undefined }[] = [];
const server = createServer((request, response) => {
  const keyId = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '')?.[1];
  asked.push({
    keyId,
    token: request.headers['x-amz-security-token']?.toString(),
    host: request.headers.host,
  });
  response.writeHead(404, { 'content-type': 'application/xml' });
  response.end('<Error><Code>NoSuchKey</Code><Message></Message></Error>');
});
let endpoint = '';
let directory = '';
const environment = { ...process.env };

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  endpoint = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  directory = await mkdtemp(join(tmpdir(), 'bucketcast-way-'));
});
after(async () => {
  server.close();
  server.closeAllConnections();
  await rm(directory, { recursive: true });
});
afterEach(() => {
  asked.length = 0;
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment);
});

/** Without any source of credentials or proxies that this machine may have. */
function bareEnvironment(more: Record<string, string> = {}): void {
  for (const name of Object.keys(process.env)) if (/^AWS_|proxy$/i.test(name)) delete process.env[name];
  const none = join(directory, 'none');
  Object.assign(
    process.env,
    { AWS_CONFIG_FILE: none, AWS_SHARED_CREDENTIALS_FILE: none, AWS_EC2_METADATA_DISABLED: 'true' },
    more,
  );
}

const askBy =
  (client: S3ClientName) =>
  async (settings: Partial<Settings['store']>, to = endpoint): Promise<void> => {
    const url = `s3://bucket?endpoint=${to}`;
    const store = await openStore({ ...defaultSettings.store, url, client, ...settings });
    try {
      assert.equal((await store.get('a')).status, 'missing');
    } finally {
      await store.close();
    }
  };

const keys = { accessKeyId: 'static', secretAccessKey: 'secret' };

for (const client of s3Clients) {
  describe(`credentials of an S3 store, asked by ${client}, come from`, () => describeCredentials(client));
  describe(`the way to an S3 store, asked by ${client},`, () => describeWay(client));
}

function describeCredentials(client: S3ClientName): void {
  const ask = askBy(client);

  it('the settings, before all others', async () => {
    bareEnvironment({ AWS_ACCESS_KEY_ID: 'environment', AWS_SECRET_ACCESS_KEY: 'x' });
    await ask({ ...keys, sessionToken: 'token' });
    assert.deepEqual([asked[0]?.keyId, asked[0]?.token], ['static', 'token']);
  });

  it('the environment', async () => {
    bareEnvironment({ AWS_ACCESS_KEY_ID: 'environment', AWS_SECRET_ACCESS_KEY: 'x', AWS_SESSION_TOKEN: 'y' });
    await ask({});
    assert.deepEqual([asked[0]?.keyId, asked[0]?.token], ['environment', 'y']);
  });

  it('the default profile of the shared files, and the one that is named', async () => {
    const file = join(directory, 'credentials');
    await writeFile(
      file,
      '[default]\naws_access_key_id=ofdefault\naws_secret_access_key=x\n[other]\naws_access_key_id=ofother\naws_secret_access_key=x\n',
    );
    bareEnvironment({ AWS_SHARED_CREDENTIALS_FILE: file });
    await ask({});
    await ask({ profile: 'other' });
    assert.deepEqual(
      asked.map((request) => request.keyId),
      ['ofdefault', 'ofother'],
    );
  });

  it('a role, assumed with the keys found', async () => {
    const security = createServer((request, response) => {
      request.resume();
      const expires = new Date(Date.now() + 3_600_000).toISOString();
      response.writeHead(200, { 'content-type': 'text/xml' });
      response.end(
        `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>assumed</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>${expires}</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`,
      );
    });
    security.listen(0, '127.0.0.1');
    await once(security, 'listening');
    const address = security.address();
    bareEnvironment({
      AWS_ENDPOINT_URL_STS: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    });
    try {
      await ask({ ...keys, roleArn: 'arn:aws:iam::123456789012:role/sync' });
      assert.deepEqual([asked[0]?.keyId, asked[0]?.token], ['assumed', 't']);
    } finally {
      security.close();
      security.closeAllConnections();
    }
  });

  it('nowhere: refused, saying where they are looked for', async () => {
    bareEnvironment();
    await assert.rejects(ask({}), (error) => {
      assert.ok(isBucketcastError(error, 'store-refused'));
      assert.match(error.hint ?? '', /AWS_ACCESS_KEY_ID/);
      return true;
    });
    assert.equal(asked.length, 0);
  });

  it('one half of a key: an error in the settings', async () => {
    await assert.rejects(
      ask({ accessKeyId: 'half' }),
      (error) => isBucketcastError(error, 'invalid-settings') && /store\.secretAccessKey/.test(error.message),
    );
  });
}

function describeWay(client: S3ClientName): void {
  const ask = askBy(client);

  let front: Front;
  let proxy: Front;
  before(async () => {
    front = await startTlsFront(endpoint);
    proxy = await startForwardProxy();
  });
  after(async () => {
    await front.close();
    await proxy.close();
  });

  it('needs the authority of its certificate, given as a file', async () => {
    bareEnvironment();
    await assert.rejects(ask(keys, front.url), (error) => {
      assert.ok(isBucketcastError(error, 'store-unavailable'));
      assert.match(error.hint ?? '', /store\.caFile/);
      return true;
    });
    await ask({ ...keys, caFile: certificateFile }, front.url);
  });

  it('leads through the proxy of the settings, plain and to TLS', async () => {
    bareEnvironment();
    await ask({ ...keys, proxy: proxy.url });
    await ask({ ...keys, proxy: proxy.url, caFile: certificateFile }, front.url);
    assert.match(proxy.requests.at(-2) ?? '', new RegExp(`^GET ${endpoint}/bucket/a`));
    assert.equal(proxy.requests.at(-1), `CONNECT ${front.url.slice('https://'.length)}`);
  });

  it('ends at a proxy that wants a password, and says where to give it', async () => {
    bareEnvironment();
    const strict = await startRefusingProxy();
    try {
      for (const [to, more] of [
        [endpoint, {}],
        [front.url, { caFile: certificateFile }],
      ] as const) {
        await assert.rejects(ask({ ...keys, ...more, proxy: strict.url }, to), (error) => {
          assert.ok(isBucketcastError(error, 'store-refused'));
          assert.equal(error.details['status'], 407);
          assert.match(error.hint ?? '', /store\.proxy/);
          return true;
        });
      }
    } finally {
      await strict.close();
    }
  });

  it('leads through the proxy of the environment, but for the hosts of NO_PROXY', async () => {
    bareEnvironment({ HTTP_PROXY: proxy.url });
    const soFar = proxy.requests.length;
    await ask(keys);
    assert.equal(proxy.requests.length, soFar + 1);
    process.env['NO_PROXY'] = '127.0.0.1';
    await ask(keys);
    assert.equal(proxy.requests.length, soFar + 1);
  });

  it('that cannot be gone is an error in the settings, which shows no password', async () => {
    for (const settings of [
      { proxy: 'user:hunter2@host' },
      { caFile: join(directory, 'none.pem') },
      { caFile: import.meta.filename },
    ]) {
      await assert.rejects(ask({ ...keys, ...settings }), (error) => {
        assert.ok(isBucketcastError(error, 'invalid-settings'));
        assert.match(error.message, /^store\.(proxy|caFile): /);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      });
    }
  });

  it('to AWS needs a region, from the URL, the environment or the profile', async () => {
    bareEnvironment();
    await assert.rejects(
      openStore({ ...defaultSettings.store, ...keys, client, url: 's3://bucket' }),
      (error) => {
        assert.ok(isBucketcastError(error, 'invalid-settings'));
        assert.match(error.hint ?? '', /region=/);
        return true;
      },
    );
    process.env['AWS_REGION'] = 'eu-west-1';
    await (await openStore({ ...defaultSettings.store, ...keys, client, url: 's3://bucket' })).close();
  });
}
