import assert from 'node:assert/strict';
import { listAll } from '../../src/store/list-all.ts';
import { lookInto } from './bucket-view.ts';
import { Fleet } from './fleet.ts';
import { testOnFiles } from './stores.ts';

testOnFiles(
  'a second process on a state directory is told the pid of the first, which goes on',
  async (t, store) => {
    const fleet = new Fleet(t, { store });
    const [first, other] = await fleet.started('web', 'other');
    const second = fleet.member('second', { server: 'web', stateDirectory: first!.stateDirectory });
    second.start();
    await assert.rejects(
      second.ready(),
      new RegExp(`state-unusable[^]*${first!.pid}|${first!.pid}[^]*state-unusable`),
    );
    await other!.do({ do: 'publish', prefix: 'x', count: 3 });
    await fleet.settled();
    assert.equal(first!.progress.delivered, 3);
    await fleet.judged();
  },
);

testOnFiles(
  'a node whose bucket was emptied and begun anew refuses to start, naming both fleets',
  async (t, store) => {
    const fleet = new Fleet(t, { store });
    const [veteran, other] = await fleet.started('veteran', 'other');
    await other!.do({ do: 'publish', prefix: 'x', count: 3 });
    await fleet.settled();
    await fleet.judged();

    await lookInto(store, async (bucket) => {
      const objects = await Array.fromAsync(listAll(bucket, ''));
      await bucket.deleteMany(objects.map(({ key }) => key));
    });
    veteran!.start();
    await assert.rejects(veteran!.ready(), /fleet-mismatch/);
    const [newcomer] = await fleet.started('newcomer');
    veteran!.start();
    await assert.rejects(
      veteran!.ready(),
      /belongs to fleet [0-9a-f]{32}, but .* remembers fleet [0-9a-f]{32}/,
    );
    await newcomer!.stop();
  },
);
