import { once } from 'node:events';
import type { Measurement } from './measurement.ts';
import { quiet } from './quiet.ts';

/** What a contender has made ready. */
export interface Contest {
  /** The measured span; how much was done in it, and what else to show. */
  readonly run: () => Promise<Pick<Measurement, 'count' | 'extra'>>;
  readonly close?: () => Promise<void>;
}

/**
 * The body of a contender in Node: prepares by the plan in the last argument, says that it is ready, waits to be told, and measures
 * `run` by wall time and by the CPU of this process with all its threads, start-up left out.
 */
export async function contend(prepare: (plan: never) => Promise<Contest>): Promise<void> {
  const contest = await prepare(JSON.parse(process.argv.at(-1) as string) as never);
  await quiet();
  say({ ready: true });
  await once(process.stdin, 'data');
  process.stdin.unref();
  const cpu = process.cpuUsage();
  const from = performance.now();
  const { count, extra } = await contest.run();
  const seconds = (performance.now() - from) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const cpuSeconds = (user + system) / 1e6;
  const rssMiB = process.resourceUsage().maxRSS / 1024;
  await contest.close?.();
  say({ seconds, count, cpuSeconds, rssMiB, ...(extra && { extra }) } satisfies Measurement);
  process.exit();
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
