import { type Ceph, openCeph } from '../../test/support/ceph.ts';

/** The Ceph clusters of a run, at most one a kind, started when first asked for and shared by its benches. */
export class CephClusters implements AsyncDisposable {
  readonly #started = new Map<string, Promise<Ceph>>();

  /** @param bytes what it has room for, said by who asks first; 4 GiB by default */
  get(store: 'memstore' | 'bluestore', bytes?: number): Promise<Ceph> {
    const cluster = this.#started.get(store) ?? start(store, bytes);
    this.#started.set(store, cluster);
    return cluster;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const started of await Promise.allSettled(this.#started.values())) {
      if (started.status === 'fulfilled') await started.value.stop();
    }
    this.#started.clear();
  }
}

async function start(store: 'memstore' | 'bluestore', bytes?: number): Promise<Ceph> {
  console.error(`starting Ceph (${store})`);
  const ceph = await openCeph({ own: true, store, ...(bytes !== undefined && { bytes }) });
  if ('skip' in ceph) throw new Error(`${ceph.skip}: bench/setup installs it`);
  return ceph;
}
