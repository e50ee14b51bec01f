import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readmeSnippet, snippetOutput } from '../house/readme-snippet.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));

interface PackResult {
  readonly filename: string;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

describe('the package, packed and installed into an empty folder', () => {
  const folder = temporaryDirectory();
  let packed: PackResult;

  before(async () => {
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: root });
    [packed] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [PackResult];
    await writeFile(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
    const quiet = ['--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', '--loglevel=error'];
    await run('npm', ['install', ...quiet, `./${packed.filename}`], { cwd: folder });
  });

  const bucketcast = (...args: string[]) =>
    run(process.execPath, [join(folder, 'node_modules/.bin/bucketcast'), ...args], { cwd: folder });

  test('holds the compiled code, the documents, and no sources or tests', () => {
    const paths = packed.files.map(({ path }) => path);
    for (const path of [
      'dist/src/index.js',
      'dist/src/index.d.ts',
      'dist/src/cli/main.js',
      'LICENSE',
      'README.md',
    ]) {
      assert.ok(paths.includes(path), `${path} is packed`);
    }
    const strangers = paths.filter(
      (path) =>
        !/^(dist|docs|examples\/prometheus)\/|^metrics\/(alerts\.yaml|grafana-dashboard\.json)$|^(package\.json|README\.md|CHANGELOG\.md|LICENSE)$/.test(
          path,
        ),
    );
    assert.deepEqual(strangers, []);
    assert.deepEqual(
      paths.filter((path) => /(?<!\.d)\.ts$|\/test\//.test(path)),
      [],
    );
  });

  test('its command explains itself, and knows the version', async () => {
    assert.match((await bucketcast('--help')).stdout, /publish[\s\S]*tail/);
    assert.match((await bucketcast('--version')).stdout, /^\d+\.\d+\.\d+\n$/);
  });

  test('its command publishes to a store that another call then reads', async () => {
    const store = ['--store', 'file:store'];
    const url = 'https://example.com/feed.xml';
    await bucketcast('publish', ...store, '--server', 'a', url, '--data', '{"status":"ok"}');
    const { stdout } = await bucketcast('tail', ...store, '--server', 'b', '--exit-when-idle');
    const line = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual([line['url'], line['data'], line['server']], [url, { status: 'ok' }, 'a']);
  });

  test('its library runs, and its types hold for a strict consumer', async () => {
    await writeFile(join(folder, 'consumer.ts'), readmeSnippet());
    const { stdout } = await run(process.execPath, ['consumer.ts'], { cwd: folder });
    assert.equal(stdout, snippetOutput);
    const options =
      '--noEmit --strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --module nodenext'.split(
        ' ',
      );
    const types = ['--target', 'es2024', '--lib', 'es2024,esnext.disposable', '--types', 'node'];
    const roots = ['--typeRoots', join(root, 'node_modules/@types'), '--skipLibCheck', 'true'];
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    await run(process.execPath, [tsc, ...options, ...types, ...roots, 'consumer.ts'], { cwd: folder });
    await writeFile(join(folder, 'wrong.ts'), readmeSnippet().replace("server: 'web-1'", 'server: 1'));
    await assert.rejects(
      run(process.execPath, [tsc, ...options, ...types, ...roots, 'wrong.ts'], { cwd: folder }),
      (error: { stdout: string }) => /'number' is not assignable to type 'string'/.test(error.stdout),
    );
  });
});
