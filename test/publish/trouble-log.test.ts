import assert from 'node:assert/strict';
import { it } from 'node:test';
import { BucketcastError } from '../../src/base/errors.ts';
import { TroubleLog } from '../../src/publish/trouble-log.ts';
import { FakeClock } from '../support/fake-clock.ts';

function rig() {
  const clock = new FakeClock();
  const lines: (readonly [string, string, object])[] = [];
  const at = (level: string) => (facts: object, message: string) => {
    if (level !== 'debug') lines.push([level, message, facts]);
  };
  const logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return { clock, lines, troubles: new TroubleLog({ logger, clock }) };
}

it('segments that fail beside each other, over and over, are told once a minute, and when it is over', async () => {
  const { clock, lines, troubles } = rig();
  const away = (key: string) =>
    new BucketcastError('store-unavailable', `put ${key}: no answer`, { details: { errno: 'ECONNREFUSED' } });
  for (let second = 0; second < 90; second += 1) {
    for (const key of ['1', '2', '3', '4']) troubles.failed('publishing', away(key));
    await clock.advance(1000);
  }
  troubles.worked('publishing');
  troubles.worked('publishing');
  const failed = 'publishing has trouble with the store and goes on trying';
  assert.deepEqual(
    lines.map(([level, message, { err: _, ...facts }]: readonly [string, string, { err?: unknown }]) => [
      level,
      message,
      facts,
    ]),
    [
      ['warn', failed, { failures: 1, forMs: 0, unsaid: 0 }],
      ['warn', failed, { failures: 241, forMs: 60_000, unsaid: 239 }],
      ['info', 'publishing works again', { failures: 360, forMs: 90_000 }],
    ],
  );
});

it('tips that cannot be deleted are told of, also while publishing works', () => {
  const { lines, troubles } = rig();
  const denied = new BucketcastError('store-refused', 'denied', { details: { status: 403 } });
  for (let n = 0; n < 5; n += 1) {
    troubles.failed('deleting older tips', denied);
    troubles.worked('publishing');
  }
  assert.deepEqual(
    lines.map(([, message]) => message),
    ['deleting older tips has trouble with the store and goes on trying'],
  );
});
