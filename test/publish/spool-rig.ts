import { BucketcastError } from '../../src/base/errors.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { defaultSettings, type Settings } from '../../src/config/settings.ts';
import { Spool } from '../../src/publish/spool.ts';
import { UpdateEncoder } from '../../src/publish/update-encoder.ts';
import { migrate } from '../../src/state/schema.ts';
import { SpoolTable } from '../../src/state/spool-table.ts';
import { StateDatabase } from '../../src/state/state-database.ts';
import { readAll } from './bucket-reader.ts';
import { Rig, type RigOptions } from './publisher-rig.ts';

export interface SpoolRigOptions extends RigOptions {
  readonly spool?: Partial<Settings['spool']>;
}

export interface SpoolProcess extends ReturnType<Rig['publisher']> {
  readonly spool: Spool;
  /** What the process does once the bucket answers. */
  readonly join: () => void;
  readonly disk: Disk;
}

/** One process's way to the table. */
export interface Disk {
  readonly table: SpoolTable;
  /** Commits so far. */
  commits: number;
  /** The commit at which the process dies, and whether that is carried out; from then on nothing is. */
  death: { readonly at: number; readonly carriedOut: boolean };
}

/** A host whose spool lies in a database of its own, which can be made full. */
export class SpoolRig extends Rig {
  readonly database = new StateDatabase(':memory:');
  readonly table: SpoolTable;

  constructor() {
    super();
    this.database.transaction(() => migrate(this.database));
    this.table = new SpoolTable(this.database);
  }

  /** A new process. */
  process(options: SpoolRigOptions = {}): SpoolProcess {
    const settings = {
      publish: { ...defaultSettings.publish, ...options.publish },
      retry: { attempts: 1, baseMs: 10, capMs: 100 },
      spool: { ...defaultSettings.spool, enabled: true, maxBytes: 1 << 20, ...options.spool },
    };
    const disk = mortal(this.table);
    const encoder = new UpdateEncoder(settings.publish, this);
    // Compressing is done by threads, which no fake clock waits for.
    const publish = { compressFromBytes: 1 << 30, ...options.publish };
    const { publisher, store } = this.publisher({ ...options, publish }, encoder);
    const spool = new Spool(settings, {
      encoder,
      state: { spool: disk.table, description: '/state' },
      clock: this.clock,
      random: this.random,
      logger: silentLogger,
    });
    const join = () => {
      encoder.observeStoreTime(this.clock.now());
      publisher.start();
      spool.attach(publisher);
    };
    return { publisher, store, spool, join, disk };
  }

  /** The disk takes no more pages than it holds now, and so many besides. */
  fillDisk(besides = 0): void {
    const pages = Number(this.database.pragma('page_count'));
    this.database.script(`PRAGMA max_page_count = ${pages + besides}`);
  }

  freeDisk(): void {
    this.database.script('PRAGMA max_page_count = 1000000');
  }

  /** What a reader finds, in order of lane and place. */
  async found(): Promise<unknown[]> {
    return (await readAll(this.bucket)).map(({ data }) => data);
  }
}

/** Before its death all goes to the table; after it, nothing. */
function mortal(table: SpoolTable): Disk {
  const dead = () => new BucketcastError('closed', 'the process is dead');
  const commit = <Result>(carryOut: () => Result): Result => {
    disk.commits += 1;
    const { at, carriedOut } = disk.death;
    if (disk.commits > at || (disk.commits === at && !carriedOut)) throw dead();
    const result = carryOut();
    if (disk.commits === at) throw dead();
    return result;
  };
  const guarded: Partial<SpoolTable> = {
    append: (...call) => commit(() => table.append(...call)),
    remove: (...call) => commit(() => table.remove(...call)),
  };
  const disk: Disk = {
    commits: 0,
    death: { at: Number.POSITIVE_INFINITY, carriedOut: false },
    table: new Proxy(table, {
      get: (target, name) => {
        const own = guarded[name as 'append'];
        if (own) return own;
        const member: unknown = Reflect.get(target, name, target);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    }),
  };
  return disk;
}
