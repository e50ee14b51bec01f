import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, it, type TestContext } from 'node:test';
import { defaultSettings, type Settings } from '../../src/config/settings.ts';
import { GiB } from '../../src/config/units.ts';
import { isBucketAdmin } from '../../src/store/bucket-admin.ts';
import { openStore } from '../../src/store/open-store.ts';
import { type CephGateway, startGateway } from './ceph-gateway.ts';
import { end, freePorts, installed } from './processes.ts';
import { skipUnless } from './required-servers.ts';

/** Set by `ceph-setup.ts`: the cluster that all test files of one run share, as JSON of `{ directory, endpoint }`. */
export const SHARED = 'BUCKETCAST_TEST_CEPH';
const script = join(import.meta.dirname, '../servers/ceph.sh');
export const credentials = {
  accessKeyId: 'bucketcasttestkey000',
  secretAccessKey: 'bucketcasttestsecret00000000000000000000',
};

/**
 * A Ceph cluster with an S3 gateway, the real server of the tests. Its first gateway is for everybody: tests that kill,
 * stop or throttle one start their own with `gateway()`, on the same cluster and so with the same buckets.
 */
export interface Ceph {
  readonly directory: string;
  readonly endpoint: string;
  /** Settings of a store in that bucket, through the first gateway or another one. */
  storeSettings(bucket: string, options?: { prefix?: string; endpoint?: string }): Settings['store'];
  /** A new empty bucket; its name. */
  makeBucket(): Promise<string>;
  /** One more gateway, ended with `stop()` at the latest. `maxRequests`: 503 SlowDown beyond so many at once. */
  gateway(options?: { readonly maxRequests?: number }): Promise<CephGateway>;
  stop(): Promise<void>;
}

export const missingCeph = 'Ceph is not installed (Debian: radosgw ceph-mon ceph-osd ceph-common)';

export function cephInstalled(): boolean {
  return ['radosgw', 'radosgw-admin', 'ceph', 'ceph-mon', 'ceph-osd', 'monmaptool', 'setpriv'].every(
    installed,
  );
}

/**
 * The shared cluster of this run, else one of our own (2 to 3 s). Where Ceph is not installed, why to skip; with
 * `BUCKETCAST_REQUIRE_SERVERS=1`, as in CI, that is a failure.
 *
 * @param options.own a cluster that nobody else uses; `bluestore` keeps its data on disk, at most so many `bytes`
 */
export async function openCeph(
  options: {
    readonly own?: boolean;
    readonly store?: 'memstore' | 'bluestore';
    readonly bytes?: number;
  } = {},
): Promise<Ceph | { readonly skip: string }> {
  const shared = process.env[SHARED];
  if (shared !== undefined && !options.own) return use(JSON.parse(shared) as Cluster, async () => {});
  const missing = skipUnless(cephInstalled(), missingCeph);
  if (missing) return missing;
  const { cluster, stop } = await startCluster(options.store, options.bytes);
  return use(cluster, stop);
}

/** Runs with a cluster, or skips the test. */
export async function withCeph(
  t: TestContext,
  run: (ceph: Ceph) => Promise<void>,
  options: Parameters<typeof openCeph>[0] = {},
): Promise<void> {
  const ceph = await openCeph(options);
  if ('skip' in ceph) {
    t.skip(ceph.skip);
    return;
  }
  try {
    await run(ceph);
  } finally {
    await ceph.stop();
  }
}

/** For the tests of one `describe` that share a cluster: like `it`, and skips where there is none. */
export function testsOnCeph(
  prepare: (ceph: Ceph) => Promise<void> = async () => {},
): (title: string, run: (ceph: Ceph, t: TestContext) => Promise<void>) => void {
  let opened: Ceph | { readonly skip: string };
  before(async () => {
    opened = await openCeph();
    if (!('skip' in opened)) await prepare(opened);
  });
  after(async () => {
    if (!('skip' in opened)) await opened.stop();
  });
  return (title, run) =>
    void it(title, async (t) => {
      if ('skip' in opened) t.skip(opened.skip);
      else await run(opened, t);
    });
}

export interface Cluster {
  readonly directory: string;
  readonly endpoint: string;
}

/** The cluster ends when this process does, however that happens: the script watches its standard input. */
export async function startCluster(
  store: 'memstore' | 'bluestore' = 'memstore',
  bytes: number = 4 * GiB,
): Promise<{ cluster: Cluster; stop: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'bucketcast-ceph-'));
  const port = await freePorts();
  const monitorPort = await freePorts(2);
  const child = spawn(script, ['run', directory, String(port), String(monitorPort)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {
      ...process.env,
      STORE: store,
      OSD_BYTES: String(bytes),
      CEPH_KEY: credentials.accessKeyId,
      CEPH_SECRET: credentials.secretAccessKey,
    },
  });
  const stop = async () => {
    await end(child, 'SIGTERM');
    await rm(directory, { recursive: true, force: true });
  };
  const lines = createInterface({ input: child.stdout });
  const ended = once(child, 'exit').then(() => 'ended');
  const first = await Promise.race([once(lines, 'line').then(([line]) => String(line)), ended]);
  if (first !== 'ready') {
    await stop();
    throw new Error(
      'Ceph did not start; see above, or run test/servers/ceph.sh with KEEP=1 and read its logs',
    );
  }
  return { cluster: { directory, endpoint: `http://127.0.0.1:${port}` }, stop };
}

function use({ directory, endpoint }: Cluster, stopCluster: () => Promise<void>): Ceph {
  const gateways: CephGateway[] = [];
  const storeSettings: Ceph['storeSettings'] = (bucket, options = {}) => ({
    ...defaultSettings.store,
    ...credentials,
    url: `s3://${bucket}/${options.prefix ?? ''}?preset=ceph&endpoint=${options.endpoint ?? endpoint}`,
  });
  return {
    directory,
    endpoint,
    storeSettings,
    async makeBucket() {
      const bucket = `test-${randomBytes(6).toString('hex')}`;
      const store = await openStore(storeSettings(bucket));
      try {
        if (!isBucketAdmin(store)) throw new Error('not an S3 store');
        await store.createBucket();
      } finally {
        await store.close();
      }
      return bucket;
    },
    async gateway(options = {}) {
      const gateway = await startGateway(script, directory, options.maxRequests);
      gateways.push(gateway);
      return gateway;
    },
    async stop() {
      await Promise.all(gateways.map((gateway) => gateway.stop()));
      await stopCluster();
    },
  };
}
