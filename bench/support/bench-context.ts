import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ceph } from '../../test/support/ceph.ts';
import type { CephClusters } from './ceph-clusters.ts';
import { MissingPeers } from './missing-peers.ts';
import { type PeerServer, startNats, startRedis } from './peer-servers.ts';

/** What the command line asked of every bench. */
export interface BenchOptions {
  readonly small: boolean;
  readonly peers: boolean;
  readonly rounds: number;
}

/** What the harness lends to a bench. */
export interface BenchParts {
  readonly signal: AbortSignal;
  /** Ends what the bench has started. */
  readonly owned: AsyncDisposableStack;
  readonly clusters: CephClusters;
}

/**
 * What a bench gets from the harness: its settings, and servers that are started when they are first asked for and gone with
 * the run, also when that is interrupted.
 */
export class BenchContext<Names extends string = string> {
  readonly settings: Readonly<Record<Names, number>>;
  readonly small: boolean;
  readonly rounds: number;
  /** Aborted by Ctrl-C; everything a bench starts of its own takes it. */
  readonly signal: AbortSignal;
  /** One line on standard error, beside the table. */
  readonly say = (line: string): void => console.error(line);
  readonly #missing: MissingPeers;
  readonly #owned: AsyncDisposableStack;
  readonly #clusters: CephClusters;

  constructor(
    settings: Readonly<Record<Names, number>>,
    { small, peers, rounds }: BenchOptions,
    { signal, owned, clusters }: BenchParts,
  ) {
    this.settings = settings;
    this.small = small;
    this.rounds = rounds;
    this.signal = signal;
    this.#owned = owned;
    this.#clusters = clusters;
    this.#missing = new MissingPeers(peers);
  }

  /**
   * Whether all of these can be used: programs (`rclone`), packages of bench/peers (`npm:ioredis`), modules of Debian's
   * Python (`python:boto3`). The missing ones are said once, at the end. False for all with `--no-peers`.
   */
  has(...peers: string[]): boolean {
    return this.#missing.has(peers);
  }

  get missing(): readonly string[] {
    return this.#missing.names;
  }

  /**
   * A Ceph cluster with its S3 gateway, the project's own. `makeBucket()` and `storeSettings(bucket)` do the rest. `bytes`:
   * what it has room for, where the usual 4 GiB are not enough; said by who asks first.
   */
  ceph(store: 'memstore' | 'bluestore' = 'memstore', bytes?: number): Promise<Ceph> {
    return this.#clusters.get(store, bytes);
  }

  /** A Redis without persistence, unless the arguments ask for it. */
  async redis(...options: string[]): Promise<PeerServer> {
    return this.#owned.use(await startRedis(await this.directory(), this.signal, options));
  }

  /** A NATS server with JetStream. */
  async nats(): Promise<PeerServer> {
    return this.#owned.use(await startNats(await this.directory(), this.signal));
  }

  /** A new empty directory, gone with the run. */
  async directory(): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), 'bucketcast-bench-'));
    this.#owned.defer(() => rm(directory, { recursive: true, force: true }));
    return directory;
  }

  /** Ends it with the run. */
  own<Thing extends AsyncDisposable>(thing: Thing): Thing {
    return this.#owned.use(thing);
  }
}
