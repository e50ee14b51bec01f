import { silentLogger } from '../../src/base/logger.ts';
import { defaultSettings, type Settings } from '../../src/config/settings.ts';
import type { ListedTip, TipsListing } from '../../src/coordinate/discovery.ts';
import { Janitor } from '../../src/jobs/janitor.ts';
import { parseTipsKey, tipsPrefix } from '../../src/log/keys.ts';
import { listAll } from '../../src/store/list-all.ts';
import { fleet } from '../publish/bucket-reader.ts';
import type { Rig } from '../publish/publisher-rig.ts';
import { ScriptedStore } from '../publish/scripted-store.ts';
import { settle } from '../support/fake-clock.ts';

const MINUTE = 60_000;

/** A janitor of some other host, with polls that the test makes. */
export class JanitorRig {
  readonly store: ScriptedStore;
  readonly janitor: Janitor;
  /** Messages of what it logged at `warn`. */
  readonly warnings: string[] = [];
  readonly #rig: Rig;
  #tell: (listing: TipsListing) => void = () => {};

  constructor(rig: Rig, settings: Partial<Settings['janitor']> = {}, maxAgeMs = 60 * MINUTE) {
    this.#rig = rig;
    this.store = new ScriptedStore(rig.bucket);
    const { clock, random, events } = rig;
    const logger = {
      ...silentLogger,
      warn: (facts: object, message?: string) =>
        void this.warnings.push(`${message} ${JSON.stringify(facts)}`),
    };
    const onTips = (listener: (listing: TipsListing) => void) => {
      this.#tell = listener;
      return () => {
        this.#tell = () => {};
      };
    };
    this.janitor = new Janitor(
      {
        janitor: { ...defaultSettings.janitor, quietMs: 10 * MINUTE, ...settings },
        retention: { ...defaultSettings.retention, maxAgeMs, marginMs: 10 * MINUTE },
        ...fleet,
      },
      { store: this.store, clock, random, events, logger, tips: { onTips } },
    );
  }

  /** What a complete poll of `tips/` would tell now. */
  async poll(): Promise<void> {
    const { bucket, clock } = this.#rig;
    const tips: ListedTip[] = [];
    const startedAt = clock.monotonic();
    for await (const { key } of listAll(bucket, tipsPrefix)) {
      const entry = parseTipsKey(key);
      if (entry.type === 'tip') tips.push({ key, tip: entry.tip });
    }
    this.#tell({ time: clock.now(), startedAt, tips, batches: [] });
    await settle();
  }

  /** Polls once a minute. */
  async pollFor(minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute += 1) {
      await this.poll();
      await this.#rig.clock.advance(MINUTE);
    }
    await this.poll();
  }
}
