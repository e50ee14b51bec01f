import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parkedPrefix } from '../../src/log/keys.ts';
import { Rig } from '../publish/publisher-rig.ts';
import { JanitorRig } from './janitor-rig.ts';

const MINUTE = 60_000;

test('a janitor that may not write says once what it lacks, and asks rarely', async () => {
  const { rig, janitorRig } = await quietWriter();
  const { janitor, store, warnings } = janitorRig;
  let isRefused = true;
  store.script = ({ operation }) => (isRefused && operation === 'put' ? 'refuse' : 'pass');
  janitor.start();
  await janitorRig.pollFor(50);
  assert.equal(store.keysOf('put').length, 1);
  await janitorRig.pollFor(200);
  assert.equal(warnings.length, 1, warnings.join('\n'));
  assert.match(warnings[0] as string, /refuses what a janitor does.*403.*janitor\.enabled.*s3:PutObject/);
  assert.ok(store.keysOf('put').length <= 6, `${store.keysOf('put').length} attempts in 250 minutes`);
  isRefused = false;
  await janitorRig.pollFor(90);
  assert.equal(rig.eventsNamed('parked').length, 1);
  janitor.stop();
});

test('a janitor that may write but not delete does not park a writer again and again', async () => {
  const { rig, janitorRig } = await quietWriter();
  const { janitor, store, warnings } = janitorRig;
  store.script = ({ operation }) => (operation === 'delete' ? 'refuse' : 'pass');
  janitor.start();
  await janitorRig.pollFor(250);
  const { objects } = await rig.bucket.list(parkedPrefix);
  assert.ok(objects.length >= 1 && objects.length <= 5, `${objects.length} batches in 250 minutes`);
  assert.equal(warnings.length, 1, warnings.join('\n'));
  janitor.stop();
});

async function quietWriter(): Promise<{ rig: Rig; janitorRig: JanitorRig }> {
  const rig = new Rig();
  const { publisher } = rig.publisher({ role: 'guest' });
  publisher.start();
  const sent = publisher.publish({ url: 'u' });
  await rig.clock.advance(2000);
  await sent;
  await publisher.stop({ timeoutMs: 1000 });
  return { rig, janitorRig: new JanitorRig(rig, { intervalMs: 60 * MINUTE }, 10 * 24 * 60 * MINUTE) };
}
