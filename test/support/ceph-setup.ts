import { cephInstalled, missingCeph, SHARED, startCluster } from './ceph.ts';

/**
 * For `node --test --test-global-setup=test/support/ceph-setup.ts`: starts one cluster before all test files and ends it
 * after them, so that each file saves the 2 to 3 s of a cluster of its own. Files take buckets of their own in it.
 */
let stop: (() => Promise<void>) | undefined;

export async function globalSetup(): Promise<void> {
  if (process.env[SHARED] !== undefined || !cephInstalled()) return;
  const started = await startCluster();
  stop = started.stop;
  process.env[SHARED] = JSON.stringify(started.cluster);
}

export async function globalTeardown(): Promise<void> {
  if (!cephInstalled()) console.log(`Skipped, since ${missingCeph}: everything that needs a real S3 server.`);
  await stop?.();
}
