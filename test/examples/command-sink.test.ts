import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { PoisonError } from '../../src/base/errors.ts';
import { projectRoot } from '../house/project-files.ts';
import { CommandRig, troubleOf } from '../sinks/command-rig.ts';
import { sinkUpdate } from '../sinks/sink-updates.ts';

const script = fileURLToPath(new URL('examples/command-sink.ts', projectRoot));

test('command-sink: takes updates with a title, blames those without, and says so', async () => {
  const rig = new CommandRig({ command: [process.execPath, script], mode: 'stream' });
  const good = sinkUpdate({ at: 1, url: 'https://example.com/a', content: { title: 'A' } });
  const bad = sinkUpdate({ at: 2, url: 'https://example.com/b', content: null });
  const gone = sinkUpdate({ at: 3, url: 'https://example.com/a', kind: 'delete', content: null });
  const error = await troubleOf(rig.deliver(good, bad, gone));
  assert.ok(error instanceof PoisonError);
  assert.equal(error.update, bad);
  assert.match(error.message, /it has no title$/);
  await rig.deliver(gone);
  assert.equal(rig.control.acknowledged.at(-1), gone);
  await rig.sink.close();
  const said = rig.logged.map(({ facts }) => (facts as { line?: string }).line);
  assert.ok(said.includes('1 titles after https://example.com/a'));
});
