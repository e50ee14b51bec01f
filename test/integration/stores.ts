import { type TestContext, test } from 'node:test';
import type { SettingsInput } from '../../src/config/settings.ts';
import { type Ceph, withCeph } from '../support/ceph.ts';
import type { CephGateway } from '../support/ceph-gateway.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** An empty store of one test. */
export type StoreSettings = NonNullable<SettingsInput['store']>;

type StoreTest = (t: TestContext, store: StoreSettings) => Promise<void>;

const timeout = 60_000;

/** A test of something that is the same on any store. */
export function testOnFiles(title: string, run: StoreTest): void {
  test(`${title}, on the embedded store`, { timeout }, (t) =>
    run(t, { url: `file:${temporaryDirectory()}` }),
  );
}

/** A test on a bucket of a real S3 gateway; skipped where Ceph is not installed. */
export function testOnCeph(
  title: string,
  run: (t: TestContext, store: StoreSettings, ceph: Ceph) => Promise<void>,
): void {
  test(`${title}, on Ceph`, { timeout }, (t) =>
    withCeph(t, async (ceph) => run(t, impatient(ceph.storeSettings(await ceph.makeBucket())), ceph)),
  );
}

export function testOnBoth(title: string, run: StoreTest): void {
  testOnFiles(title, run);
  testOnCeph(title, run);
}

/** The same store by another gateway. */
export function through(gateway: CephGateway, store: StoreSettings): StoreSettings {
  const url = store.url?.replace(/(?<=endpoint=)[^&]*/, gateway.endpoint);
  return { ...store, url };
}

/** Requests that nobody answers are given up sooner than by default. */
function impatient(store: StoreSettings): StoreSettings {
  return { ...store, connectTimeoutMs: 1000, requestTimeoutMs: 5000 };
}
