import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { projectRoot } from '../house/project-files.ts';
import { CommandRig, gone, isRunning, sh, stubborn } from './command-rig.ts';

/** A node in a hurry: it leaves without closing anything. */
const leaving = `
import { systemClock } from '${new URL('src/base/clock.ts', projectRoot).href}';
import { silentLogger } from '${new URL('src/base/logger.ts', projectRoot).href}';
import { CommandSink } from '${new URL('src/sinks/command-sink.ts', projectRoot).href}';
import { sinkUpdate, sinkControl } from '${new URL('test/sinks/sink-updates.ts', projectRoot).href}';
const settings = JSON.parse(process.argv[1]);
const sink = new CommandSink(settings, { clock: systemClock, logger: silentLogger, subscription: 'test' });
void sink.deliver([sinkUpdate()], sinkControl());
process.stdin.once('end', () => process.exit(130)).resume();
`;

test('a process that exits without stopping its node leaves nobody behind, of either mode', async () => {
  for (const mode of ['batch', 'stream'] as const) {
    const rig = new CommandRig({ ...sh(`${stubborn}; sleep 60`), mode });
    const flags = ['--input-type=module-typescript', '-e', leaving, JSON.stringify(rig.settings)];
    const node = spawn(process.execPath, flags, { stdio: ['pipe', 'ignore', 'inherit'] });
    const exit = once(node, 'exit');
    const child = Number(await rig.written('child'));
    assert.ok(isRunning(child));
    node.stdin.end();
    assert.deepEqual(await exit, [130, null]);
    await gone(child);
  }
});
