import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { getuid } from 'node:process';
import { describe, it } from 'node:test';
import { FakeClock } from '../support/fake-clock.ts';
import { temporaryDirectory } from '../support/temporary-directory.ts';
import { FakeTree, WatchRig } from './watch-rig.ts';

const reasons = (rig: WatchRig) =>
  rig.told.map((event) => ('what' in event ? `${event.what}: ${event.reason}` : 'trouble')).sort();

describe('file watcher and hostile files', () => {
  it('links are followed inside the directory and never out of it, nor in a circle', async () => {
    await using rig = new WatchRig();
    const secret = `${temporaryDirectory()}/secret.feed`;
    writeFileSync(secret, 'secret');
    rig.write('real/a.feed', 'A');
    symlinkSync(secret, rig.path('out.feed'));
    symlinkSync(rig.root.replace(/[^/]+$/, ''), rig.path('up'));
    symlinkSync('real/a.feed', rig.path('in.feed'));
    symlinkSync('loop.feed', rig.path('loop.feed'));
    symlinkSync('..', rig.path('real/around'));
    symlinkSync('nowhere', rig.path('dangling.feed'));
    await rig.start();
    assert.deepEqual((await rig.next(2)).sort(), ['put a A', 'put in A']);
    assert.deepEqual(reasons(rig), [
      'loop.feed: is a link that leads in a circle',
      'out.feed: is a link that leads out of the directory',
    ]);
    assert.deepEqual(await rig.all(), []);
  });

  it('a link that is turned to the outside publishes neither content nor deletion', async () => {
    await using rig = new WatchRig();
    rig.write('a.feed', 'A');
    await rig.start();
    await rig.next();
    rig.remove('a.feed');
    symlinkSync('/etc/passwd', rig.path('a.feed'));
    assert.deepEqual(await rig.all(), []);
    assert.deepEqual(reasons(rig), ['a.feed: is a link that leads out of the directory']);
  });

  it('what is no regular file is reported, and never waited for', async () => {
    await using rig = new WatchRig();
    execFileSync('mkfifo', [rig.path('pipe.feed')]);
    mkdirSync(rig.path('directory.feed'));
    rig.write('a.feed', '1');
    linkSync(rig.path('a.feed'), rig.path('b.feed'));
    await rig.start();
    assert.deepEqual((await rig.next(2)).sort(), ['put a 1', 'put b 1']);
    assert.deepEqual(reasons(rig), ['pipe.feed: is no regular file']);
  });

  it('a file that may not be read is reported', {
    skip: getuid?.() === 0 && 'root may read all',
  }, async () => {
    await using rig = new WatchRig();
    rig.write('a.feed', '1');
    chmodSync(rig.path('a.feed'), 0);
    await rig.start();
    assert.deepEqual(reasons(rig), ['a.feed: may not be read by this user']);
  });

  it('a file that is too large is told once, and published when it has become smaller', async () => {
    const clock = new FakeClock();
    const tree = new FakeTree();
    await using rig = new WatchRig({
      clock,
      openEvents: tree.open,
      settings: { maxBytes: 10, rescanMs: 60_000 },
    });
    rig.write('a.feed', '01234567890');
    rig.write('b.feed', '0123456789');
    await rig.startOn(clock);
    assert.equal(rig.updates.length, 1);
    await rig.rescan(clock, 60_000);
    assert.deepEqual(reasons(rig), ['a.feed: has 11 bytes, more than maxBytes (10)']);
    rig.write('a.feed', 'small');
    tree.heard('a.feed');
    await rig.drive(clock, () => rig.updates.length === 2);
    assert.equal(rig.watcher.snapshot().refused, 1);
  });

  it('any name that is text can be published, and one that is not is reported and skipped', async () => {
    await using rig = new WatchRig();
    const names = [
      'a\nb',
      '\'"`$(x)',
      'é',
      'e\u0301',
      '😀',
      ' ',
      '-rf',
      '%2e%2e',
      'x'.repeat(250),
      '__proto__',
    ];
    for (const name of names) rig.write(`${name}.feed`, '1');
    writeFileSync(
      Buffer.concat([Buffer.from(`${rig.root}/`), Buffer.from([0xff, 0xfe]), Buffer.from('.feed')]),
      '1',
    );
    await rig.start();
    assert.deepEqual((await rig.next(names.length)).sort(), names.map((name) => `put ${name} 1`).sort());
    assert.deepEqual(reasons(rig), ['\ufffd\ufffd.feed: has a name that is not UTF-8']);
    for (const name of names) rig.remove(`${name}.feed`);
    assert.equal((await rig.next(names.length)).length, names.length);
    writeFileSync(
      Buffer.concat([Buffer.from(`${rig.root}/`), Buffer.from([0x80]), Buffer.from('.feed')]),
      '1',
    );
    assert.deepEqual(await rig.all(), []);
  });

  it('a sidecar that is broken, huge or deep is reported, and good again when it is', async () => {
    await using rig = new WatchRig({ settings: { urlFrom: 'sidecar' } });
    rig.write('a.feed', '1');
    rig.write('a.feed.json', '{"url":');
    rig.write('b.feed', '1');
    rig.write('b.feed.json', `{"url":"u","data":"${' '.repeat(2 ** 20)}"}`);
    rig.write('c.feed', '1');
    rig.write('c.feed.json', `{"url":"u","data":${'['.repeat(400_000)}${']'.repeat(400_000)}}`);
    rig.write('d.feed', '1');
    rig.write('d.feed.json', Buffer.from('{"url":"\xff"}', 'latin1'));
    await rig.start();
    assert.match(
      reasons(rig).join('\n'),
      /a.feed: its sidecar: no JSON.*\nb.feed: its sidecar has .* bytes, more than.*\nc.feed: its sidecar.*deeper.*\nd.feed: its sidecar is not UTF-8/,
    );
    rig.write('a.feed.json', '{"url":"fine"}');
    assert.deepEqual(await rig.next(), ['put fine 1']);
  });
});
