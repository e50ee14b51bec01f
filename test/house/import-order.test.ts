import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brokenImports, folders, importCycles, relativeImports } from './import-order.ts';
import { projectFiles, readProjectFile } from './project-files.ts';

const ours = new Map(
  projectFiles('.ts')
    .filter((path) => (path.split('/', 1)[0] as string) in folders)
    .map((path) => [path, relativeImports(readProjectFile(path))]),
);

test('every import of the project goes to an earlier room', () => {
  assert.ok(ours.size > 20, 'the project has source files');
  assert.equal(brokenImports(ours).join('\n'), '');
});

test('no files of the project import each other in a circle', () => {
  assert.equal(importCycles(ours).join('\n'), '');
});

describe('the check itself', () => {
  const broken = (file: string, specifier: string) => brokenImports(new Map([[file, [specifier]]])).join();

  test('lets a file import its own room, an earlier one, and metrics', () => {
    for (const specifier of ['./tip.ts', '../base/clock.ts', '../state/state.ts', '../../metrics/store.ts']) {
      assert.equal(broken('src/publish/publisher.ts', specifier), '');
    }
  });

  test('names file and import when a room reaches for a later one', () => {
    assert.equal(
      broken('src/store/memory-store.ts', '../log/keys.ts'),
      "src/store/memory-store.ts imports '../log/keys.ts': log comes after store",
    );
    assert.match(broken('src/jobs/janitor.ts', '../node.ts'), /node\.ts comes after jobs/);
  });

  test('objects to rooms of one row that know each other', () => {
    assert.match(broken('src/sinks/stdout.ts', '../state/state.ts'), /side by side/);
    assert.match(broken('src/cli/main.ts', '../index.ts'), /side by side/);
  });

  test('objects to a room that nobody gave a place', () => {
    assert.match(broken('src/extras/thing.ts', '../base/clock.ts'), /src\/extras has no place/);
    assert.match(broken('src/node.ts', './extras/thing.ts'), /src\/extras has no place/);
    assert.match(broken('lib/thing.ts', '../src/index.ts'), /lib\/ has no place/);
  });

  test('objects to workers imported from src, to metrics that know src, and to src that knows tests', () => {
    assert.match(broken('src/pool/threads.ts', '../../workers/fetch.ts'), /src\/ may not import workers\//);
    assert.match(broken('metrics/store.ts', '../src/base/clock.ts'), /metrics\/ may not import src\//);
    assert.match(broken('src/node.ts', '../test/support/fake-clock.ts'), /src\/ may not import test\//);
  });

  test('finds circles of any length', () => {
    const imports = new Map([
      ['src/base/a.ts', ['./b.ts']],
      ['src/base/b.ts', ['./c.ts']],
      ['src/base/c.ts', ['./b.ts']],
    ]);
    assert.deepEqual(importCycles(imports), ['src/base/b.ts → src/base/c.ts → src/base/b.ts']);
  });

  test('sees every form of import, and none in a comment', () => {
    const source = [
      "import { a } from './a.ts';",
      "import type { B } from '../b.ts';",
      "import './c.ts';",
      "import {\n  d,\n} from './d.ts';",
      "export * from './e.ts';",
      "export { f } from './f.ts';",
      "const g = await import('./g.ts');",
      "type H = import('./h.ts').H;",
      "import fs from 'node:fs';",
      " * import { x } from './x.ts';",
      "// await import('./y.ts');",
      "new URL('../workers/z.ts', import.meta.url);",
    ].join('\n');
    assert.deepEqual(
      relativeImports(source),
      './a.ts ../b.ts ./c.ts ./d.ts ./e.ts ./f.ts ./g.ts ./h.ts'.split(' '),
    );
  });
});
