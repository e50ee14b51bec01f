import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { systemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { CommandSink } from '../../src/sinks/command-sink.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { CommandRig, troubleOf } from './command-rig.ts';
import { sinkUpdate } from './sink-updates.ts';

const folder = temporaryDirectory();
mkdirSync(join(folder, 'directory'));
writeFileSync(join(folder, 'plain'), '#!/bin/sh\n', { mode: 0o644 });
writeFileSync(join(folder, 'runs'), '#!/bin/sh\n', { mode: 0o755 });

function open(command: string[], directory = folder): CommandSink {
  const parts = { clock: systemClock, logger: silentLogger, subscription: 'test' };
  const { settings } = new CommandRig({ command, directory });
  return CommandSink.open(settings, { ...parts, environment: { PATH: `/nowhere:${folder}` } });
}

test('a command that cannot run is refused at once, with the setting and a hint', () => {
  for (const program of [
    '',
    'missing',
    './missing',
    './directory',
    'directory',
    './plain',
    'plain',
    'a\0b',
  ]) {
    assert.throws(
      () => open([program]),
      (error: { code?: string; message: string; hint?: string }) =>
        error.code === 'invalid-settings' &&
        error.message.startsWith('subscriptions.test.sink.command: ') &&
        error.hint !== undefined,
      program,
    );
  }
  for (const directory of [join(folder, 'missing'), join(folder, 'plain')])
    assert.throws(() => open(['runs'], directory), {
      code: 'invalid-settings',
      message: /^subscriptions\.test\.sink\.directory: /,
    });
});

test('a program is found on the PATH, by its path, and relative to its working directory', () => {
  for (const program of ['runs', './runs', join(folder, 'runs')]) assert.ok(open([program]));
  assert.ok(open(['../runs'], join(folder, 'directory')));
});

test('what disappears later is trouble that says what is missing, the program or its directory', async () => {
  const missing = new CommandRig({ command: ['bucketcast-no-such-program', 'secret-argument'] });
  const error = await troubleOf(missing.deliver(sinkUpdate()));
  assert.deepEqual([error.code, error.details['errno']], ['sink-unavailable', 'ENOENT']);
  assert.match(
    error.message,
    /"bucketcast-no-such-program" could not be started: .* on the PATH of the node$/,
  );
  assert.match(error.hint ?? '', /Install it/);
  assert.ok(!inspect(error, { depth: null }).includes('secret-argument'));
  const homeless = new CommandRig({ command: ['true'], directory: join(folder, 'missing') });
  assert.match((await troubleOf(homeless.deliver(sinkUpdate()))).message, /is not a directory$/);
});

test('an argument that no program can be given is trouble too, and not a crash', async () => {
  for (const command of [
    ['true', 'a\0b'],
    ['true', 'x'.repeat(1 << 22)],
  ]) {
    const error = await troubleOf(new CommandRig({ command }).deliver(sinkUpdate()));
    assert.equal(error.code, 'sink-unavailable');
    assert.match(error.message, /could not be started: (?:ERR_INVALID_ARG_VALUE|E2BIG)$/);
  }
});
