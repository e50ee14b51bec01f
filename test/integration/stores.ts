import { type TestContext, test } from 'node:test';
import type { SettingsInput } from '../../src/config/settings.ts';
import { type Ceph, withCeph } from '../support/ceph.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

/** An empty store of one test. */
export type StoreSettings = NonNullable<SettingsInput['store']>;

const timeout = 60_000;

/** The same test on the embedded store and on a real S3 gateway. */
export function testOnStores(
  title: string,
  run: (t: TestContext, store: StoreSettings) => Promise<void>,
): void {
  testOnFiles(title, run);
  testOnCeph(title, async (t, ceph) => run(t, impatient(ceph.storeSettings(await ceph.makeBucket()))));
}

/** A test of something that is the same on any store. */
export function testOnFiles(
  title: string,
  run: (t: TestContext, store: StoreSettings) => Promise<void>,
): void {
  test(`${title}, on the embedded store`, { timeout }, (t) =>
    run(t, { url: `file:${temporaryDirectory()}` }),
  );
}

/** A test that needs a real gateway; skipped where Ceph is not installed. */
export function testOnCeph(title: string, run: (t: TestContext, ceph: Ceph) => Promise<void>): void {
  test(`${title}, on Ceph`, { timeout }, (t) => withCeph(t, (ceph) => run(t, ceph)));
}

/** Requests that nobody answers are given up sooner than by default. */
export function impatient(store: StoreSettings): StoreSettings {
  return { ...store, connectTimeoutMs: 1000, requestTimeoutMs: 5000 };
}
