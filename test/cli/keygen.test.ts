import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { checkSettings } from '../../src/config/check-settings.ts';
import { fleetKeys } from '../../src/log/fleet-keys.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { command } from './command-line.ts';

describe('keygen', () => {
  it('prints a key as settings that can be pasted, another each time, and what to do next', async () => {
    const seen = new Set<string>();
    for (let time = 0; time < 3; time += 1) {
      const { code, out, err } = await command(['keygen']);
      assert.equal(code, 0);
      const { encryption } = checkSettings(parse(out) as object);
      const [key] = fleetKeys(encryption).ring;
      assert.equal(key?.secret.length, 32);
      assert.match(key.id, /^k20\d{6}[0-9a-f]{4}$/);
      assert.match(err, new RegExp(`encryption.active: ${key.id}`));
      assert.doesNotMatch(err, new RegExp(encryption.keys[0]!.secret), 'the secret is printed once');
      seen.add(encryption.keys[0]!.secret).add(key.id);
    }
    assert.equal(seen.size, 6);
  });

  it('takes an id, also one that YAML would take for a number', async () => {
    const { out } = await command(['keygen', '--id', '2027']);
    assert.equal(checkSettings(parse(out) as object).encryption.keys[0]?.id, '2027');
  });

  it('writes the secret to a file of its owner, and settings that name it', async () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'a key: #1');
    const { code, out } = await command(['keygen', '--id', 'k2', '--out', path]);
    assert.equal(code, 0);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    const secret = readFileSync(path, 'utf8').trim();
    assert.match(secret, /^[0-9a-f]{64}$/);
    assert.doesNotMatch(out, new RegExp(secret));

    const settings = join(directory, 'bucketcast.yaml');
    writeFileSync(settings, `${out}  active: k2\n`);
    const shown = await command(['config', '--json', '--config', settings]);
    assert.equal(shown.code, 0, shown.err);
    assert.match(
      shown.out,
      /"path":"encryption.keys\[0\].secret","value":"\(hidden\)","origin":"[^"]*a key: #1/,
    );
  });

  it('never overwrites anything', async () => {
    const directory = temporaryDirectory();
    const [file, link, folder] = ['file', 'link', 'folder'].map((name) => join(directory, name));
    writeFileSync(file!, 'the only copy of a key');
    symlinkSync(join(directory, 'elsewhere'), link!);
    mkdirSync(folder!);
    for (const path of [file!, link!, folder!]) {
      const { code, out, err } = await command(['keygen', '--out', path]);
      assert.deepEqual([code, out], [2, '']);
      assert.match(err, /is there already, and a key is never overwritten/);
    }
    assert.equal(readFileSync(file!, 'utf8'), 'the only copy of a key');
    assert.equal(existsSync(join(directory, 'elsewhere')), false);
    assert.equal(readdirSync(directory).length, 3);
  });

  it('answers in JSON', async () => {
    const path = join(temporaryDirectory(), 'key');
    const inline = JSON.parse((await command(['keygen', '--json', '--id', 'k1'])).out) as Record<
      string,
      string
    >;
    assert.match(inline['secret'] ?? '', /^[0-9a-f]{64}$/);
    const { out } = await command(['keygen', '--json', '--id', 'k1', '--out', path]);
    assert.deepEqual(JSON.parse(out), { id: 'k1', secretFile: path });
  });

  for (const id of ['', 'K1', 'a-b', 'a b', '../k', 'k'.repeat(17), 'ключ', '"', '\n']) {
    it(`refuses the id ${JSON.stringify(id)}, and makes no file`, async () => {
      const path = join(temporaryDirectory(), 'key');
      const { code, out, err } = await command(['keygen', '--id', id, '--out', path]);
      assert.deepEqual([code, out, existsSync(path)], [2, '', false]);
      assert.match(err, /--id: expected 1 to 16 of a-z and 0-9/);
    });
  }

  for (const words of [['--out', '/no/such/directory/key'], ['--out', ''], ['--secret', 'x'], ['more']]) {
    it(`refuses ${JSON.stringify(words)}`, async () => {
      const { code, out } = await command(['keygen', ...words]);
      assert.deepEqual([code, out], [2, '']);
    });
  }
});
