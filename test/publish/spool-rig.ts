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

/** A host whose spool lies in a database of its own, which can be made full. */
export class SpoolRig extends Rig {
  readonly database = new StateDatabase(':memory:');
  readonly table: SpoolTable;

  constructor() {
    super();
    this.database.transaction(() => migrate(this.database));
    this.table = new SpoolTable(this.database);
  }

  /** A new process: `join` is what it does once the bucket answers. */
  process(options: SpoolRigOptions = {}): ReturnType<Rig['publisher']> & { spool: Spool; join: () => void } {
    const settings = {
      publish: { ...defaultSettings.publish, ...options.publish },
      retry: { attempts: 1, baseMs: 10, capMs: 100 },
      spool: { enabled: true, maxBytes: 1 << 20, ...options.spool },
    };
    const encoder = new UpdateEncoder(settings.publish, this);
    const { publisher, store } = this.publisher(options, encoder);
    const spool = new Spool(settings, {
      encoder,
      state: { spool: this.table, description: '/state' },
      clock: this.clock,
      random: this.random,
      logger: silentLogger,
    });
    const join = () => {
      encoder.observeStoreTime(this.clock.now());
      publisher.start();
      spool.attach(publisher);
    };
    return { publisher, store, spool, join };
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
