import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { projectFiles, projectRoot, readProjectFile } from './project-files.ts';

const { scripts } = JSON.parse(readProjectFile('package.json')) as { scripts: Record<string, string> };

test('every test file is in one of the two runs', () => {
  const run = new Set([...filesOf('test'), ...filesOf('test:integration')]);
  assert.deepEqual(
    projectFiles('.test.ts').filter((path) => !run.has(path)),
    [],
  );
});

test('every test file that uses a real server is in the run that has one for certain', () => {
  const certain = filesOf('test:integration');
  const users = projectFiles('.test.ts').filter((path) =>
    /\/(?:ceph|prometheus|redis)\.ts'/.test(readProjectFile(path)),
  );
  assert.ok(users.length > 0);
  assert.deepEqual(
    users.filter((path) => !certain.includes(path)),
    [],
  );
});

test('CI runs both, and every check', () => {
  const ci = readProjectFile('.ci/run');
  const checks = Object.keys(scripts).filter((name) => name.startsWith('check:'));
  const commands = [
    'npm ci',
    'npm test',
    ...['test:integration', ...checks].map((name) => `npm run -s ${name}`),
  ];
  assert.deepEqual(
    commands.filter((command) => !ci.includes(`${command}\n`)),
    [],
  );
  assert.deepEqual(
    checks.filter((name) => !scripts['check']?.includes(name)),
    [],
  );
});

function filesOf(script: string): string[] {
  const patterns = [...(scripts[script] as string).matchAll(/"([^"]+)"/g)].map((match) => match[1] as string);
  return globSync(patterns, { cwd: fileURLToPath(projectRoot) });
}
