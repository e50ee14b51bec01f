import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Registry } from 'prom-client';
import { Hints } from '../../metrics/hints.ts';

const heard = { believed: 4, polled: 3, known: 2, own: 1, foreign: 0, malformed: 0, forged: 5 };

it('hints are counted by transport and by what came of them, whatever a transport calls itself', async () => {
  const registry = new Registry();
  const hints = new Hints(registry);
  const value = async (line: string) =>
    (await registry.metrics()).split('\n').find((one) => one.startsWith(`bucketcast_${line} `));
  assert.equal(
    await value('hints_sent_total{transport="redis"}'),
    'bucketcast_hints_sent_total{transport="redis"} 0',
  );
  hints.set({
    transports: [
      { name: 'redis', connected: false, sent: 7, received: 8, dropped: 9 },
      { name: 'carrier pigeons', connected: true, sent: 1, received: 0, dropped: 0 },
    ],
    heard,
    inline: { bytes: 100, served: 6, refused: 2 },
  });
  hints.failed('zeromq from tcp://web-2:7481');
  for (const line of [
    'hints_sent_total{transport="redis"} 7',
    'hints_received_total{transport="redis"} 8',
    'hints_dropped_total{transport="redis"} 9',
    'hints_sent_total{transport="other"} 1',
    'hint_transports_away{transport="redis"} 1',
    'hint_transports_away{transport="other"} 0',
    'hint_failures_total{transport="zeromq"} 1',
    'hints_heard_total{result="forged"} 5',
    'inline_segments_total 6',
    'inline_segments_refused_total 2',
    'inline_segment_bytes 100',
  ])
    assert.equal(await value(line.slice(0, line.lastIndexOf(' '))), `bucketcast_${line}`);
});
