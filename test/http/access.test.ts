import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, it } from 'node:test';
import { Access } from '../../src/http/access.ts';
import { isAllowedHost, ownNames } from '../../src/http/allowed-host.ts';
import { isLoopback, listenAddress, serverUrl } from '../../src/http/listen-address.ts';
import { type Served, serve } from './http-rig.ts';
import { said } from './raw-socket.ts';

const token = 'correct horse battery';
const bearer = (value: string) => ({ headers: { authorization: `Bearer ${value}` } });

describe('who may listen where', () => {
  it('loopback in every form is loopback, and nothing else is', () => {
    for (const address of ['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1'])
      assert.ok(isLoopback(address), address);
    for (const address of [
      '0.0.0.0',
      '::',
      '10.0.0.1',
      '::ffff:0.0.0.0',
      '::ffff:10.0.0.1',
      'fe80::1',
      '128.0.0.1',
    ])
      assert.ok(!isLoopback(address), address);
  });

  it('without a token it listens on loopback only, also by names and other spellings', async () => {
    for (const host of ['127.0.0.1', 'localhost', '127.1', '::1', '[::1]', '::ffff:127.0.0.1'])
      assert.ok(isLoopback(await listenAddress({ host, token: undefined })), host);
    for (const host of ['0.0.0.0', '::', '0', '::ffff:0.0.0.0', '192.0.2.7']) {
      await assert.rejects(listenAddress({ host, token: undefined }), {
        code: 'invalid-settings',
        message: /can be reached from other machines, and http\.token is not set/,
      });
      assert.ok(await listenAddress({ host, token }));
    }
    await assert.rejects(listenAddress({ host: 'no such name', token }), { code: 'invalid-settings' });
  });

  it('the URL is one that this machine reaches', () => {
    assert.equal(serverUrl('127.0.0.1', 80), 'http://127.0.0.1:80');
    assert.equal(serverUrl('::1', 80), 'http://[::1]:80');
    assert.equal(serverUrl('0.0.0.0', 80), 'http://127.0.0.1:80');
    assert.equal(serverUrl('::', 80), 'http://[::1]:80');
  });

  it('serves IPv6', async (t) => {
    const { server, ask } = await serve(t, { host: '::1' });
    assert.match(server.url, /^http:\/\/\[::1\]:\d+$/);
    assert.equal((await ask('/healthz')).status, 200);
  });
});

describe('the Host header', () => {
  it('may be an address, localhost, http.host or one of http.allowedHosts', () => {
    const names = ownNames(['Node.Example.', '127.0.0.1', 'intern:7480']);
    for (const host of [
      '127.0.0.1',
      '127.0.0.1:80',
      '[::1]:80',
      '[::1]',
      '10.1.2.3',
      'LOCALHOST:1',
      'node.example',
      'node.example.:9',
      'intern',
    ])
      assert.ok(isAllowedHost(host, names), host);
    for (const host of [
      '',
      'evil.example',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'a@localhost',
      'localhost:x',
      '[evil]',
      'localhost/',
      '127.0.0.1:80:80',
    ])
      assert.ok(!isAllowedHost(host, names), host);
  });

  it('is checked on every path, before anything else is told', async (t) => {
    const { server, ask } = await serve(t, { allowedHosts: ['feeds.example'], token });
    const status = async (path: string, host: string) => {
      const { promise, resolve } = Promise.withResolvers<number | undefined>();
      const sent = request(`${server.url}${path}`, { headers: { host }, agent: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      sent.end();
      return promise;
    };
    for (const path of ['/healthz', '/metrics', '/api/status', '/nowhere'])
      assert.equal(await status(path, 'rebound.example'), 421, path);
    assert.equal(await status('/healthz', 'feeds.example:7480'), 200);
    assert.equal((await ask('/healthz')).status, 200);
  });

  it('has to be there, once', async (t) => {
    const { server } = await serve(t);
    for (const version of ['1.0', '1.1']) {
      const without = await said(server, `GET /healthz HTTP/${version}\r\nConnection: close\r\n\r\n`);
      assert.match(without, /^HTTP\/1\.1 400 .*application\/problem\+json.*A request needs one Host header/s);
    }
    const twice = 'Host: localhost\r\nHost: evil.example\r\n';
    assert.match(await said(server, `GET /healthz HTTP/1.0\r\n${twice}\r\n`), /^HTTP\/1\.1 400 /);
    const proxied = 'GET http://evil.example/healthz HTTP/1.0\r\nHost: localhost\r\n\r\n';
    assert.match(await said(server, proxied), /^HTTP\/1\.1 400 /);
    assert.match(await said(server, 'GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n'), /^HTTP\/1\.1 200 /);
  });
});

describe('the token', () => {
  const statuses = async ({ ask }: Served, init?: RequestInit) => {
    const paths = ['/healthz', '/readyz', '/metrics', '/api/status', '/api/limits', '/nowhere'];
    return Promise.all(paths.map(async (path) => (await ask(path, init)).status));
  };

  it('is not needed on loopback where none is set', async (t) => {
    assert.deepEqual(await statuses(await serve(t)), [200, 200, 200, 200, 200, 404]);
  });

  it('is needed for everything but the probes where one is set, and says how to send it', async (t) => {
    const served = await serve(t, { token });
    assert.deepEqual(await statuses(served), [200, 200, 401, 401, 401, 401]);
    assert.deepEqual(await statuses(served, bearer(token)), [200, 200, 200, 200, 200, 404]);
    const refused = await served.post('/api/updates', { url: 'u' });
    assert.equal(refused.status, 401);
    assert.match(refused.headers.get('www-authenticate') ?? '', /^Bearer/);
    assert.doesNotMatch(await refused.text(), /horse/);
    assert.equal(served.node.published.length, 0);
    assert.equal((await served.post('/api/updates', { url: 'u' }, bearer(token))).status, 201);
  });

  it('is not needed for metrics where http.openMetrics says so', async (t) => {
    const open = await serve(t, { token, openMetrics: true });
    assert.deepEqual(await statuses(open), [200, 200, 200, 401, 401, 401]);
  });

  it('must be the whole token, as a bearer; that of node.json is as good', async (t) => {
    const { server, ask } = await serve(t, { token });
    const status = async (authorization: string) =>
      (await ask('/api/status', { headers: { authorization } })).status;
    for (const wrong of [
      token,
      `Basic ${token}`,
      `Bearer ${token}x`,
      `Bearer ${token.slice(1)}`,
      'Bearer',
      'Bearer  ',
    ])
      assert.equal(await status(wrong), 401, wrong);
    assert.equal(await status(`bearer  ${token} `), 200);
    assert.match(server.token, /^[0-9a-f]{64}$/);
    assert.equal(await status(`Bearer ${server.token}`), 200);
  });

  it('of node.json is of no use to another machine', () => {
    const access = new Access(token, 'own');
    const may = (value: string, remoteAddress: string | undefined) =>
      access.mayEnter({ authorization: `Bearer ${value}`, remoteAddress });
    assert.ok(may('own', '127.0.0.1') && may('own', '::ffff:127.0.0.1') && may('own', '::1'));
    assert.ok(!may('own', '192.0.2.1') && !may('own', '::ffff:192.0.2.1') && !may('own', undefined));
    assert.ok(may(token, '192.0.2.1'));
    assert.ok(
      new Access('pässwörter sind lang', 'own').mayEnter({
        authorization: `Bearer ${Buffer.from('pässwörter sind lang').toString('latin1')}`,
        remoteAddress: undefined,
      }),
    );
  });
});

it('nothing invites pages of other sites: no CORS, no sniffing, no caching', async (t) => {
  const { ask } = await serve(t);
  const origin = { headers: { origin: 'https://evil.example' } };
  const asked = await ask('/api/limits', { method: 'OPTIONS', ...origin });
  assert.equal(asked.status, 405);
  for (const answer of [asked, await ask('/api/status', origin)]) {
    assert.deepEqual(
      [...answer.headers.keys()].filter((name) => name.startsWith('access-control')),
      [],
    );
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
    assert.equal(answer.headers.get('cache-control'), 'no-store');
  }
});
