import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { checkSettings } from '../../src/config/check-settings.ts';
import { openStore } from '../../src/store/open-store.ts';
import { readAll } from '../publish/bucket-reader.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const script = join(import.meta.dirname, 'small-disk.ts');
/** In a namespace of its own, so that the disk is gone with its last process, and root is not needed. */
const inNamespace = ['-Urm', '--kill-child', '--fork', 'sh', '-c'];
const mount = 'mount -t tmpfs -o size=24m tmpfs "$1"';

interface Line {
  readonly [name: string]: unknown;
}

for (const keepFreeBytes of [0, 5_000_000]) {
  const what = keepFreeBytes === 0 ? 'that it may fill to the last byte' : 'of which it leaves some free';
  test(`a spool on a real disk ${what} refuses clearly, keeps what it has promised through kill -9, and works again when there is room`, {
    skip: namespaceSkip(),
  }, async () => {
    const directory = temporaryDirectory();
    const [disk, bucket] = ['disk', 'bucket'].map((name) => join(directory, name)) as [string, string];
    for (const made of [disk, bucket]) mkdirSync(made);
    const run = `"$0" "$2" "$1" "$3" "$4"`;
    const both = `${mount} && { ${run} fill; ${run} drain; }`;
    const lines = await output(both, [disk, script, bucket, String(keepFreeBytes)]);

    const refused = lines.filter((line) => 'refused' in line);
    assert.ok(refused.length > 0);
    for (const { code, message, hint } of refused) {
      assert.equal(code, 'spool-full');
      assert.match(String(message), /disk.* (is full|has \d+ free).*nothing was written/);
      assert.match(String(hint), /Free some space/);
    }
    const [atFirst, atReturn] = lines.flatMap(({ found }) => (found === undefined ? [] : [Number(found)]));
    const kept = lines.flatMap((line) => ('kept' in line ? [Number(line['kept'])] : []));
    const before = kept.filter((number) => number < 100_000);
    assert.equal(atFirst, 0);
    assert.ok((atReturn ?? 0) >= before.length && before.length > 1000);
    const full = only(lines, 'leftWhileFull');
    if (keepFreeBytes > 0) assert.equal(full['leftWhileFull'], 0, 'what is left free is enough for draining');
    assert.equal(only(lines, 'refusedWithRoom')['refusedWithRoom'], 0, 'without a restart');
    assert.deepEqual(lines.at(-1), { atLast: { updates: 0, bytes: 0 } });

    const found = await publishedIn(bucket);
    assert.deepEqual(
      found,
      found.toSorted((a, b) => a - b),
      'in order',
    );
    assert.equal(new Set(found).size, found.length, 'each once');
    assert.deepEqual(
      kept.filter((number) => !found.includes(number)),
      [],
    );
    const heard = new Set(refused.map((line) => line['refused']));
    assert.deepEqual(
      found.filter((number) => heard.has(number)),
      [],
      'nothing that was refused',
    );
  });
}

function only(lines: readonly Line[], name: string): Line {
  const [line = {}, another] = lines.filter((candidate) => name in candidate);
  assert.equal(another, undefined);
  return line;
}

async function output(shell: string, [disk, program, bucket, keep]: readonly string[]): Promise<Line[]> {
  const words = [process.execPath, disk, program, bucket, keep] as string[];
  const { stdout } = await promisify(execFile)('unshare', [...inNamespace, shell, ...words], {
    maxBuffer: 1 << 28,
    timeout: 20_000,
    killSignal: 'SIGKILL',
  });
  return stdout
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as Line);
}

async function publishedIn(bucket: string): Promise<number[]> {
  const store = await openStore(checkSettings({ store: { url: `file:${bucket}` } }).store);
  const found = await readAll(store);
  await store.close();
  return found.map(({ data }) => Number(data));
}

/** Why there can be no disk of its own; `false` where there can. */
function namespaceSkip(): string | false {
  try {
    execFileSync('unshare', [...inNamespace, mount, 'sh', temporaryDirectory()], { stdio: 'ignore' });
    return false;
  } catch {
    return 'no mount namespace can be made here';
  }
}
