import assert from 'node:assert/strict';
import { basename } from 'node:path/posix';
import { test } from 'node:test';
import { projectFiles, readProjectFile, topLevelNames } from './project-files.ts';

/** Everything that may stand at the top. A new entry is a decision: see docs/architecture.md. */
const topLevel = [
  ['.ci', 'bench', 'dashboard', 'docs', 'examples', 'metrics', 'src', 'test', 'workers'],
  ['.gitattributes', '.gitignore', '.oxlintrc.json', 'biome.json', 'knip.json'],
  ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json'],
  ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE'],
].flat();

const code = ['.ts', '.js', '.css'];
const maxLines = 300;
const namelessNouns = ['utils', 'helpers', 'types', 'interfaces', 'common'];

test('the top of the tree holds only what has a place there', () => {
  assert.deepEqual(strangers(topLevelNames()), []);
  assert.deepEqual(strangers(['src', 'lib', 'notes.txt']), ['lib', 'notes.txt']);
});

test('no file of code is longer than 300 lines', () => {
  const long = projectFiles(...code).map((path) => [path, readProjectFile(path)] as const);
  assert.deepEqual(tooLong(long), []);
  assert.deepEqual(tooLong([['src/a.ts', 'x\n'.repeat(300)]]), []);
  assert.deepEqual(tooLong([['src/a.ts', 'x\n'.repeat(301)]]), ['src/a.ts has 301 lines']);
});

test('every file is named after what it holds', () => {
  assert.deepEqual(projectFiles(...code).filter(isNameless), []);
  assert.ok(isNameless('src/log/utils.ts'));
});

function strangers(names: readonly string[]): string[] {
  return names.filter((name) => !topLevel.includes(name));
}

function tooLong(files: readonly (readonly [path: string, text: string])[]): string[] {
  return files
    .map(([path, text]) => [path, text.split('\n').length - (text.endsWith('\n') ? 1 : 0)] as const)
    .filter(([, lines]) => lines > maxLines)
    .map(([path, lines]) => `${path} has ${lines} lines`);
}

function isNameless(path: string): boolean {
  return namelessNouns.includes(basename(path).split('.', 1)[0] as string);
}
