import type { Settings } from '../../src/config/settings.ts';

/** What contenders of the objects benches are told. */
export interface ObjectsPlan {
  /** The bucket with the objects, at its root. */
  readonly store: Settings['store'];
  /** How many there are below `feed-updates/`. */
  readonly objects: number;
}

/** For those that know nothing of our settings. */
export interface PlainObjectsPlan {
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly prefix: string;
  /** Read so many of them; absent: all. */
  readonly limit?: number;
}

/** CPU from the start of the process to now, to compare with programs that can only be measured as a whole. */
export function wholeCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
