import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Bench, Group } from './bench.ts';
import { BenchContext, type BenchParts } from './bench-context.ts';
import type { BenchCall } from './command-line.ts';
import { groupRows, groupTable } from './group-table.ts';
import { machineFacts } from './machine.ts';
import { runRounds } from './rounds.ts';

/** Runs all groups of a bench, prints their tables, and writes the numbers beside them. */
export async function runBench(
  name: string,
  bench: Bench,
  call: BenchCall,
  parts: BenchParts,
): Promise<void> {
  const context = new BenchContext(call.settings, call, parts);
  const groups = [];
  for await (const whole of bench.groups(context)) {
    const group = { ...whole, contenders: whole.contenders.filter((one) => isWanted(one.name, call.only)) };
    if (group.contenders.length === 0) continue;
    groups.push(await runGroup(group, call, context));
  }
  if (context.missing.length > 0) {
    console.log(
      `Not installed, and so not measured: ${context.missing.join(', ')}; bench/setup installs them.`,
    );
  }
  if (groups.length === 0) return;
  const file = call.json ?? fileURLToPath(new URL(`../results/${name}.json`, import.meta.url));
  await mkdir(dirname(file), { recursive: true });
  const { small, settings } = call;
  await writeFile(
    file,
    `${JSON.stringify({ bench: name, small, settings, machine: machineFacts(), groups }, null, 2)}\n`,
  );
  console.log(`The numbers: ${file}`);
}

async function runGroup(group: Group, call: BenchCall, context: BenchContext) {
  const rounds = Math.min(call.rounds, group.rounds ?? call.rounds);
  const results = await runRounds(group.contenders, rounds, context);
  const { rows, base } = groupRows(group, results);
  const notes = group.notes ?? [];
  const key = `medians of ${rounds}, least–most; ratios to ${base}`;
  console.log(`\n${group.title} (${key})\n\n${groupTable(group, rows)}`);
  for (const note of notes) console.log(note);
  if (notes.length > 0) console.log();
  const runs = results.map(({ contender, measurements }) => ({ name: contender.name, measurements }));
  return { title: group.title, rounds, base, notes, rows, runs };
}

function isWanted(name: string, only: readonly string[]): boolean {
  return only.length === 0 || only.some((part) => name.toLowerCase().includes(part.toLowerCase()));
}
