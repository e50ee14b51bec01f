import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { projectRoot, readProjectFile } from './project-files.ts';
import { codeBlocks, readmeSnippet, snippetOutput } from './readme-snippet.ts';

test('the README begins with the two commands that a fresh clone needs', () => {
  const commands = codeBlocks('sh').map((block) => block.trim());
  assert.equal(commands[0], 'npm ci && npm start');
  assert.ok(commands.includes('npm ci && npm test'));
});

test('every npm script that the documents name exists', () => {
  const { scripts } = JSON.parse(readProjectFile('package.json')) as { scripts: Record<string, string> };
  for (const page of ['README.md', 'CONTRIBUTING.md', 'examples/README.md']) {
    const named = [...readProjectFile(page).matchAll(/npm (?:run (?:-s )?)([a-z][a-z:-]*)/g)];
    assert.deepEqual(
      named.map((match) => match[1] as string).filter((name) => !(name in scripts)),
      [],
      page,
    );
  }
});

test('the fifteen lines of the README run as they stand', async () => {
  const snippet = readmeSnippet();
  assert.ok(snippet.trim().split('\n').length <= 15, 'fifteen lines at most');
  const folder = temporaryDirectory();
  const library = new URL('src/index.ts', projectRoot).href;
  await writeFile(join(folder, 'snippet.ts'), snippet.replace("'bucketcast'", `'${library}'`));
  const { stdout } = await promisify(execFile)(process.execPath, ['snippet.ts'], { cwd: folder });
  assert.equal(stdout, snippetOutput);
});
