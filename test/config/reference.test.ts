import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { loadSettings } from '../../src/config/load-settings.ts';
import { allSettings } from '../../src/config/setting-tree.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { documentFile, withReference } from './settings-reference.ts';

const document = readFileSync(documentFile, 'utf8');

it('the configuration reference says what the settings say (else: npm run docs)', () => {
  assert.equal(document, withReference(document));
});

it('every setting has a meaning in the reference, and its variable', () => {
  for (const { path, variable, node } of allSettings) {
    assert.ok(node.description, path.join('.'));
    assert.ok(document.includes(`\`${path.join('.')}\`<br>\`${variable}\``), path.join('.'));
  }
});

it('every example of the configuration reference loads', () => {
  const examples = [...document.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, yaml]) => yaml as string);
  assert.ok(examples.length >= 4, `${examples.length} examples`);
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'secret'), 'ab'.repeat(32));
  for (const yaml of examples) {
    const configFile = join(directory, 'bucketcast.yaml');
    writeFileSync(
      configFile,
      yaml.replaceAll('/run/secrets/', `${directory}/`).replace(/(File: \S*\/)\S+/g, '$1secret'),
    );
    loadSettings({ configFile, environment: {}, hostname: 'host-1' });
  }
});
