import assert from 'node:assert/strict';
import { homedir } from 'node:os';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { projectFiles, projectRoot, readProjectFile } from './project-files.ts';

/** Folders that hold somebody's checkout: a path below them means one machine, not the project. */
const checkoutFolders = ['home', 'Users', 'work', 'workspace', 'builds'];

test('no file names a path of the machine it was written on', () => {
  const named = textFiles().flatMap((path) =>
    machinePaths(readProjectFile(path)).map((found) => `${path}: ${found}`),
  );
  assert.deepEqual(named, []);
});

test('a path of this machine is found wherever it stands', () => {
  for (const folder of checkoutFolders) {
    assert.deepEqual(machinePaths(`see (/${folder}/someone/notes.md)`), [`/${folder}/someone`]);
  }
  assert.deepEqual(machinePaths(`x = '${fileURLToPath(projectRoot)}src'`).length > 0, true);
  assert.deepEqual(machinePaths('https://example.com/home/page and src/work/x and /etc/hosts'), []);
});

test('no test is focused, skipped by a literal, or sleeps and hopes', () => {
  const found = projectFiles('.test.ts').flatMap((path) =>
    hopes(readProjectFile(path)).map((line) => `${path}: ${line}`),
  );
  assert.deepEqual(found, []);
  const call = (name: string, rest: string) => [name, rest].join('');
  assert.equal(hopes(call('test.only', "('x', () => {});")).length, 1);
  assert.equal(hopes(call("test('x', { sk", 'ip: true }, () => {});')).length, 1);
  assert.equal(hopes(call('await sleep', '(500);')).length, 1);
  assert.equal(hopes('await clock.sleep(5);').length, 0);
});

function textFiles(): string[] {
  return projectFiles(
    '.ts',
    '.js',
    '.json',
    '.md',
    '.yaml',
    '.yml',
    '.css',
    '.html',
    '.svg',
    '.ci/run',
  ).filter((path) => path !== 'package-lock.json');
}

function machinePaths(text: string): string[] {
  const folders = new RegExp(`(?<![\\w.:/-])/(?:${checkoutFolders.join('|')})/[\\w.-]+`, 'g');
  const own = [fileURLToPath(projectRoot), `${homedir()}/`].filter((path) => path.split('/').length > 3);
  return [...(text.match(folders) ?? []), ...own.filter((path) => text.includes(path))];
}

/** Lines of a test that keep it from running, or make it wait for a time instead of an event. */
function hopes(text: string): string[] {
  const hopeful = [
    /\b(?:test|it|describe|suite)\.(?:only|skip|todo)\(/,
    /\{[^}]*\b(?:skip|only|todo): *true/,
    /(?<![\w.])(?:setTimeout|sleep|delay|systemClock\.sleep)\((?:\(\) *=> *\w+, *|\w+, *)?[0-9_]{3,}/,
  ];
  return text.split('\n').filter((line) => hopeful.some((pattern) => pattern.test(line)));
}
