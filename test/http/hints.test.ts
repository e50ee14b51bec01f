import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { maxHintBytes } from '../../src/hints/hint-parts.ts';
import { openWebhookHints } from '../../src/hints/webhook-hints.ts';
import { bucketRecord, notification, snsPost } from '../hints/notifications.ts';
import { secret, WebhookRig } from '../hints/webhook-rig.ts';
import { type Served, serve } from './http-rig.ts';

const token = 'correct horse battery';
const hintType = 'application/vnd.bucketcast.hint';
const withSecret = { authorization: `Bearer ${secret}` };

/** A served node that takes hints, behind a token. */
async function open(t: TestContext): Promise<Served & { readonly rig: WebhookRig }> {
  const rig = await WebhookRig.start(t);
  const served = await serve(t, { token });
  served.node.hints = rig.hints;
  return { ...served, rig };
}

describe('POST /hints', () => {
  it('takes the bytes of a hint from who knows the secret, and not the token', async (t) => {
    const { ask, rig, observed } = await open(t);
    const body = Buffer.from([0, 255, 10, 1]);
    const answer = await ask('/hints', {
      method: 'POST',
      body,
      headers: { ...withSecret, 'content-type': hintType },
    });
    assert.deepEqual([answer.status, await answer.text()], [202, '']);
    assert.deepEqual(rig.heard, [{ type: 'hint', bytes: body }]);
    assert.equal(observed[0]?.route, '/hints');
  });

  it('takes notifications with the secret in the address, of any type or none', async (t) => {
    const { ask, rig, server } = await open(t);
    const body = JSON.stringify(notification(bucketRecord()));
    const path = `/hints?secret=${secret}`;
    for (const type of [
      'application/json',
      'text/plain; charset=UTF-8',
      'application/x-www-form-urlencoded',
      'application/cloudevents+json',
    ])
      assert.equal(
        (await ask(path, { method: 'POST', body, headers: { 'content-type': type } })).status,
        202,
        type,
      );
    const bare = request(`${server.url}${path}`, { method: 'POST' }).end(body);
    const status = await new Promise((resolve) =>
      bare.once('response', (response) => resolve(response.resume().statusCode)),
    );
    assert.equal(status, 202);
    assert.equal(rig.heard.length, 5);
  });

  it('refuses the token of the node, a wrong secret and none, whatever the body', async (t) => {
    const { ask, rig, logged } = await open(t);
    for (const authorization of ['', `Bearer ${token}`, `Bearer ${secret}x`]) {
      const answer = await ask('/hints?secret=no', { method: 'POST', body: '{', headers: { authorization } });
      assert.equal(answer.status, 401);
      const { code, hint } = (await answer.json()) as { code: string; hint: string };
      assert.equal(code, 'unauthorized');
      assert.match(hint, /hints\.webhook\.secret/);
    }
    assert.deepEqual([rig.heard, logged], [[], []]);
  });

  it('answers by any name, for who knows the secret is no page of somebody else', async (t) => {
    const { server, rig } = await open(t);
    const status = (path: string, headers: Record<string, string>) =>
      new Promise((resolve) => {
        const asked = request(`${server.url}${path}`, {
          method: 'POST',
          headers: { host: 'web-2.example.org', ...headers },
        });
        asked.once('response', (response) => resolve(response.resume().statusCode));
        asked.end(JSON.stringify(notification(bucketRecord())));
      });
    assert.equal(await status('/hints', withSecret), 202);
    assert.equal(await status('/hints', {}), 401);
    assert.equal(await status('/api/updates', { authorization: `Bearer ${token}` }), 421);
    assert.equal(rig.heard.length, 1);
  });

  it('says what is no hint, what is forbidden, and what is too large', async (t) => {
    const { ask, rig } = await open(t);
    const post = async (body: string | Buffer) => {
      const answer = await ask('/hints', { method: 'POST', body: Buffer.from(body), headers: withSecret });
      const { code, detail } = (await answer.json()) as { code: string; detail: string };
      assert.doesNotMatch(detail, new RegExp(secret));
      return [answer.status, code];
    };
    assert.deepEqual(await post('{"url": "https://a.example"}'), [400, 'bad-request']);
    assert.deepEqual(await post(JSON.stringify(snsPost())), [403, 'forbidden']);
    assert.deepEqual(await post(Buffer.alloc(maxHintBytes + 1)), [413, 'body-too-large']);
    await rig.hints.stop();
    assert.deepEqual(await post(JSON.stringify(notification(bucketRecord()))), [503, 'not-ready']);
    assert.deepEqual(rig.heard, []);
  });

  it('is the only method', async (t) => {
    const { ask } = await open(t);
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS']) {
      assert.equal((await ask('/hints', { method, headers: withSecret })).status, 401, method);
      const trusted = await ask('/hints', { method, headers: { authorization: `Bearer ${token}` } });
      assert.deepEqual([trusted.status, trusted.headers.get('allow')], [405, 'POST'], method);
    }
  });

  it('is not there without hints.webhook, and opens nothing else', async (t) => {
    const { ask, node } = await serve(t, { token });
    const post = (path: string) => ask(path, { method: 'POST', body: '{}', headers: withSecret });
    assert.equal((await post(`/hints?secret=${secret}`)).status, 404);
    node.hints = await openWebhookHints(
      { peers: [], snsTopics: [], secret },
      (await WebhookRig.start(t)).parts,
    );
    for (const path of ['/api/updates', '/hints/', '/hints/x', '/%68ints/../api/updates'])
      assert.equal((await post(`${path}?secret=${secret}`)).status, 401, path);
  });
});
