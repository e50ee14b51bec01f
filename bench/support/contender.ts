import { createInterface } from 'node:readline';
import { type BenchProcess, startProcess } from './bench-process.ts';
import type { Measurement } from './measurement.ts';

/** Somebody who does the work of a group: ours, or a peer. */
export interface Contender {
  readonly name: string;
  /** Not ours: one of these is the base of the ratios. */
  readonly peer?: boolean;
  /** What it has to have done in a run; another count fails the bench. */
  readonly count: number;
  /** One run, by a process of its own, which is gone when this resolves. */
  readonly measure: (signal: AbortSignal) => Promise<Measurement>;
}

type Facts = Omit<Contender, 'measure'>;
type Plan = object | (() => Promise<object>);

/**
 * A program that speaks the contenders' protocol (`contend.ts` does it for Node): it prepares itself, prints `{"ready":true}`,
 * waits for a line on standard input, does the work, prints one line with a {@link Measurement}, and ends. What comes
 * before `ready` is not measured. With `plan`, that is JSON in its last argument; a function makes one for each run.
 */
export function processContender(facts: Facts, command: readonly string[], plan?: Plan): Contender {
  return {
    ...facts,
    measure: async (signal) => {
      const value = typeof plan === 'function' ? await plan() : plan;
      const child = startProcess(
        [...command, ...(value === undefined ? [] : [JSON.stringify(value)])],
        signal,
      );
      return measured(child);
    },
  };
}

/** A contender in TypeScript or JavaScript, run by this Node. */
export function nodeContender(
  facts: Facts,
  file: URL,
  plan?: Plan,
  nodeOptions: readonly string[] = [],
): Contender {
  return processContender(facts, [process.execPath, ...nodeOptions, file.pathname], plan);
}

/**
 * A program that knows nothing of benches: measured from its start to its end, with all its children's CPU. `prepare` makes
 * its arguments for each run, `verify` counts what it has done.
 */
export function commandContender(
  facts: Facts,
  prepare: () => Promise<{
    readonly command: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly verify: () => Promise<number>;
  }>,
): Contender {
  return {
    ...facts,
    measure: async (signal) => {
      const { command, env, verify } = await prepare();
      const from = performance.now();
      const child = startProcess(['bash', '-c', timed, 'timed', ...command], signal, env);
      const lines = await Array.fromAsync(createInterface({ input: child.stdout }));
      await child.succeeded;
      const elapsed = (performance.now() - from) / 1000;
      return { seconds: elapsed, cpuSeconds: cpuOfTimes(lines.slice(-2)), count: await verify() };
    },
  };
}

/** Runs its arguments; then the shell's `times` prints its own user and system time, and that of all it waited for. */
const timed = '"$@" >/dev/null || exit; times';

/** Seconds in lines such as `0m1.250s 0m0.031s`. */
function cpuOfTimes(lines: readonly string[]): number {
  const times = [...lines.join(' ').matchAll(/(\d+)m([\d.]+)s/g)];
  return times.reduce((sum, [, minutes, rest]) => sum + Number(minutes) * 60 + Number(rest), 0);
}

async function measured(child: BenchProcess): Promise<Measurement> {
  let measurement: Measurement | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line) as { readonly ready?: boolean } & Measurement;
    if (said.ready === true) child.stdin.write('go\n');
    else measurement = said;
  }
  await child.succeeded;
  if (measurement === undefined) throw new Error(`${child.name} ended without a measurement`);
  return measurement;
}
