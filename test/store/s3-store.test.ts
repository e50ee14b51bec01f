import { openStore } from '../../src/store/open-store.ts';
import { openCeph } from '../support/ceph.ts';
import { describeStore } from './conformance.ts';

describeStore(
  'S3Store on Ceph',
  async () => {
    const ceph = await openCeph();
    if ('skip' in ceph) return ceph;
    const store = await openStore(ceph.storeSettings(await ceph.makeBucket(), { prefix: 'odd +%2F& é' }));
    return {
      store,
      async close() {
        await store.close();
        await ceph.stop();
      },
    };
  },
  // Whole seconds, cut off.
  { clockToleranceMs: 1500 },
);
