import { cpus, release, totalmem } from 'node:os';
import { GiB } from '../../src/config/units.ts';

/** Where and when numbers were measured: without that they say nothing. */
export interface Machine {
  readonly date: string;
  readonly cores: number;
  readonly processor: string;
  readonly memoryGiB: number;
  readonly node: string;
  readonly kernel: string;
}

export function machineFacts(): Machine {
  const cores = cpus();
  return {
    date: new Date().toISOString(),
    cores: cores.length,
    processor: cores[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / GiB),
    node: process.version,
    kernel: release(),
  };
}
