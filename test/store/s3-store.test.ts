import { openStore } from '../../src/store/open-store.ts';
import { openCeph } from '../support/ceph.ts';
import { describeStore } from './conformance.ts';
import { s3Clients } from './s3-clients.ts';

for (const client of s3Clients) {
  describeStore(
    `S3Store on Ceph, ${client}`,
    async () => {
      const ceph = await openCeph();
      if ('skip' in ceph) return ceph;
      const settings = ceph.storeSettings(await ceph.makeBucket(), { prefix: 'odd +%2F& é' });
      const store = await openStore({ ...settings, client });
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
}
