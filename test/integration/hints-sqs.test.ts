import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openSqsHints } from '../../src/hints/sqs-hints.ts';
import { HintRig } from '../hints/hint-rig.ts';
import { bucketRecord, notification } from '../hints/notifications.ts';
import { Fauxqs, skipsWithoutFauxqs } from '../support/fauxqs.ts';

const timeout = 20_000;
const body = JSON.stringify(notification(bucketRecord()));

function reader(t: TestContext, server: Fauxqs, options?: { connected?: boolean }): Promise<HintRig> {
  const { store } = server;
  return HintRig.start(t, (parts) => openSqsHints(server.settings('hints'), { ...parts, store }), options);
}

test('hints come from a queue, straight and through SNS, and nothing stays in it', { timeout }, async (t) => {
  if (skipsWithoutFauxqs(t)) return;
  const server = await Fauxqs.start(t);
  await server.makeQueue('hints');
  for (let number = 0; number < 12; number += 1) await server.put('hints', body);
  const rig = await reader(t, server);
  await rig.until(() => rig.heard.length === 12);
  // By now it waits for the next one, and gets that at once.
  await server.publish('hints', body);
  await rig.until(() => rig.heard.length === 13);
  await server.put('hints', 'no notification');
  await rig.until(() => rig.transport.snapshot().refused === 1);
  await server.put('hints', body);
  await rig.until(() => rig.heard.length === 14);
  // It is deleted after it was told.
  while ((await server.messages('hints')) > 0) t.signal.throwIfAborted();
  assert.deepEqual(rig.failures, []);
  assert.equal(rig.transport.snapshot().received, 14);
});

test('a queue that goes and comes is told, and read again', { timeout }, async (t) => {
  if (skipsWithoutFauxqs(t)) return;
  const server = await Fauxqs.start(t);
  const rig = await reader(t, server, { connected: false });
  await rig.until(() => rig.failures.length > 0);
  assert.match(rig.transport.snapshot().trouble?.message ?? '', /^the queue hints of SQS cannot be read: /);
  assert.match(rig.failures[0]?.hint ?? '', /hints\.sqs\.queueUrl/);
  await server.makeQueue('hints');
  await rig.until(() => rig.recoveries === 1);
  await server.stop();
  await rig.until(() => !rig.transport.snapshot().connected);
  await server.start();
  await server.makeQueue('hints');
  await server.put('hints', body);
  await rig.until(() => rig.heard.length === 1 && rig.recoveries === 2);
});
