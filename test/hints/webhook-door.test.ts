import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BucketcastError } from '../../src/base/errors.ts';
import { openWebhookHints } from '../../src/hints/webhook-hints.ts';
import {
  bucketRecord,
  certificate,
  certificateUrl,
  confirmation,
  notification,
  snsPost,
  subscribeUrl,
  topic,
} from './notifications.ts';
import { secret, WebhookRig } from './webhook-rig.ts';

const timeout = 10_000;
const written = { type: 'written', bucket: 'updates', keys: ['v1/tips/x'] };
const hintHeaders = {
  'content-type': 'application/vnd.bucketcast.hint; v=1',
  authorization: `Bearer ${secret}`,
};

describe('what is posted to a node', () => {
  it('is the bytes of a hint, or a notification, by its type', async (t) => {
    const rig = await WebhookRig.start(t);
    assert.equal(await rig.post('{"v":1}', hintHeaders, ''), 202);
    assert.equal(await rig.post(notification(bucketRecord()), { 'content-type': 'application/json' }), 202);
    assert.equal(await rig.post(notification(bucketRecord())), 202);
    assert.equal(await rig.post({ Event: 's3:TestEvent' }), 202);
    assert.deepEqual(rig.heard, [{ type: 'hint', bytes: Buffer.from('{"v":1}') }, written, written]);
    assert.equal(rig.hints.snapshot().received, 4);
  });

  it('needs the secret, in a header or in the address', async (t) => {
    const rig = await WebhookRig.start(t);
    const body = notification(bucketRecord());
    const refused: [headers: Record<string, string>, query: string][] = [
      [{}, ''],
      [{}, 'secret='],
      [{}, `secret=${secret}x`],
      [{}, `Secret=${secret}`],
      [{ authorization: secret }, ''],
      [{ authorization: 'Bearer wrong' }, ''],
      [{ authorization: `Basic ${secret}` }, ''],
    ];
    for (const [headers, query] of refused) assert.equal(await rig.post(body, headers, query), 401, query);
    assert.equal(await rig.post(body, { authorization: `Bearer ${secret}` }, ''), 202);
    assert.deepEqual(rig.heard, [written]);
  });

  it('is refused when it is neither, and counted', async (t) => {
    const rig = await WebhookRig.start(t);
    for (const body of ['', '{', '{}', 'null', { Records: [{}] }]) assert.equal(await rig.post(body), 400);
    assert.deepEqual([rig.heard.length, rig.hints.snapshot().refused], [0, 5]);
  });

  it('never comes where the node serves no HTTP, which is no trouble', async (t) => {
    const rig = await WebhookRig.start(t);
    const deaf = await openWebhookHints(
      { peers: ['http://127.0.0.1:1'], snsTopics: [], secret },
      { ...rig.parts, http: false },
    );
    t.after(() => deaf.stop());
    deaf.start(() => {});
    const { connected, listens, trouble } = deaf.snapshot();
    assert.deepEqual(
      { connected, listens, trouble },
      { connected: true, listens: false, trouble: undefined },
    );
    assert.equal(rig.hints.snapshot().listens, true);
  });

  it('is not taken after a stop', async (t) => {
    const rig = await WebhookRig.start(t);
    await rig.hints.stop();
    assert.equal(await rig.post(notification(bucketRecord())), 503);
    assert.equal(rig.heard.length, 0);
  });
});

describe('what SNS posts to a node', () => {
  const settings = { snsTopics: [topic] };

  it('counts once its signature is checked, with a certificate that is fetched once', {
    timeout,
  }, async (t) => {
    const rig = await WebhookRig.start(t, settings);
    const fetched = Promise.withResolvers<string>();
    rig.answer = () => fetched.promise;
    assert.equal(await rig.post(snsPost()), 202);
    assert.equal(await rig.post(snsPost({ SignatureVersion: '1' })), 202);
    assert.equal(rig.heard.length, 0);
    fetched.resolve(certificate);
    await rig.until(() => rig.heard.length === 2);
    assert.equal(await rig.post(snsPost()), 202);
    await rig.until(() => rig.heard.length === 3);
    assert.deepEqual(rig.heard, [written, written, written]);
    assert.deepEqual(rig.asked, [certificateUrl]);
  });

  it('is confirmed for a topic of the settings', { timeout }, async (t) => {
    const rig = await WebhookRig.start(t, settings);
    const confirmed = Promise.withResolvers<void>();
    rig.answer = async ({ href }) => {
      if (href === certificateUrl) return certificate;
      confirmed.resolve();
      return '<ConfirmSubscriptionResponse/>';
    };
    assert.equal(await rig.post(confirmation()), 202);
    await confirmed.promise;
    assert.deepEqual(rig.asked, [certificateUrl, new URL(subscribeUrl).href]);
  });

  it('is refused, and nobody asked, for other topics and addresses', async (t) => {
    const rig = await WebhookRig.start(t, settings);
    const elsewhere = 'https://sns.eu-west-1.amazonaws.com.evil.example/a.pem';
    for (const posted of [
      snsPost({ TopicArn: `${topic}2` }),
      confirmation({ TopicArn: `${topic}2` }),
      snsPost({ SigningCertURL: elsewhere }),
      confirmation({ SigningCertURL: elsewhere }),
      confirmation({ SubscribeURL: 'http://169.254.169.254/' }),
      { ...snsPost(), Signature: undefined },
    ])
      assert.equal(await rig.post(posted), 403, JSON.stringify(posted));
    assert.deepEqual([rig.asked, rig.heard, rig.hints.snapshot().refused], [[], [], 6]);
    const without = await WebhookRig.start(t);
    assert.equal(await without.post(snsPost()), 403);
  });

  it('and was changed on its way does nothing', { timeout }, async (t) => {
    const rig = await WebhookRig.start(t, settings);
    rig.answer = async () => certificate;
    assert.equal(await rig.post({ ...snsPost(), Timestamp: '2027-01-02T00:00:00.000Z' }), 202);
    assert.equal(await rig.post({ ...confirmation(), Token: 'other' }), 202);
    assert.equal(await rig.post(snsPost()), 202);
    await rig.until(() => rig.heard.length > 0);
    assert.deepEqual([rig.heard, rig.asked], [[written], [certificateUrl]]);
    assert.equal(rig.hints.snapshot().refused, 2);
  });

  it('to say that a subscription has ended is not confirmed back', async (t) => {
    const rig = await WebhookRig.start(t, settings);
    assert.equal(await rig.post(confirmation({ Type: 'UnsubscribeConfirmation' })), 202);
    assert.deepEqual(rig.asked, []);
  });

  it('is asked for again when SNS does not answer, and then told as trouble', { timeout }, async (t) => {
    const rig = await WebhookRig.start(t, settings);
    rig.answer = async () => {
      throw new Error('the answer is 503');
    };
    assert.equal(await rig.post(snsPost()), 202);
    await rig.clock.until(() => rig.failed.length === 1);
    assert.equal(rig.asked.length, 4);
    const { error } = rig.failed[0] as (typeof rig.failed)[0];
    assert.ok(error instanceof BucketcastError);
    assert.match(rig.hints.snapshot().trouble?.message ?? '', /SNS does not answer: the answer is 503/);
    rig.answer = async () => certificate;
    assert.equal(await rig.post(snsPost()), 202);
    await rig.until(() => rig.recovered.length === 1);
    assert.deepEqual([rig.heard, rig.hints.snapshot().trouble], [[written], undefined]);
  });

  it('does not pile up: of very many at once some are asked to come later', { timeout }, async (t) => {
    const rig = await WebhookRig.start(t, settings);
    const fetched = Promise.withResolvers<string>();
    rig.answer = () => fetched.promise;
    const posted = snsPost();
    const answers = await Promise.all(Array.from({ length: 120 }, () => rig.post(posted)));
    assert.equal(answers.filter((status) => status === 503).length, 20);
    fetched.resolve(certificate);
    await rig.until(() => rig.heard.length === 100);
  });
});
