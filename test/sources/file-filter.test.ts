import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fileFilter } from '../../src/sources/file-filter.ts';

const filterOf = (include: string[], exclude: string[] = [], urlFrom = 'name') =>
  fileFilter({ include, exclude, urlFrom });

describe('which files are published', () => {
  it('those that a pattern names, below the directory, and none that another leaves out', () => {
    const { concerns } = filterOf(['**/*.feed', 'img/**'], ['**/draft-*', 'img/raw/**']);
    for (const path of ['a.feed', 'x/y/a.feed', 'img/a.png', 'img/x/y', 'a b\n.feed']) {
      assert.equal(concerns(path), path);
    }
    for (const path of ['a.xml', 'draft-a.feed', 'x/draft-a.feed', 'img/raw/a', 'other/a.png', '']) {
      assert.equal(concerns(path), undefined, path);
    }
  });

  it('files with a dot only where a pattern names the dot', () => {
    assert.equal(filterOf(['**']).concerns('.hidden'), undefined);
    assert.equal(filterOf(['**']).concerns('.git/config'), undefined);
    assert.equal(filterOf(['**', '**/.*']).concerns('a/.hidden'), 'a/.hidden');
    assert.equal(filterOf(['**', '**/.*'], ['**/*den']).concerns('.hidden'), undefined);
  });

  it('nothing that an editor, a copying program or our own sink writes in between', () => {
    const { concerns } = filterOf(['**', '**/.*']);
    const names = [
      '4913',
      'a.feed~',
      '.a.feed.swp',
      '.a.feed.swo',
      '.#a.feed',
      '#a.feed#',
      '.goutputstream-X1Y2Z3',
    ];
    names.push(
      '.bucketcast-0123456789abcdef.tmp',
      '.~lock.a.odt#',
      '.nfs000000000123abcd',
      'a.feed.part',
      'a.kate-swp',
    );
    for (const name of names) {
      assert.equal(concerns(name), undefined, name);
      assert.equal(concerns(`deep/er/${name}`), undefined, name);
    }
  });

  it('a sidecar concerns its file, unless it is one itself', () => {
    const feeds = filterOf(['**/*.feed'], [], 'sidecar');
    assert.equal(feeds.concerns('x/a.feed.json'), 'x/a.feed');
    assert.equal(feeds.concerns('a.json'), undefined);
    const all = filterOf(['**'], [], 'sidecar');
    assert.equal(all.concerns('a.png.json'), 'a.png');
    assert.equal(filterOf(['**']).concerns('a.png.json'), 'a.png.json');
  });

  it('directories are entered unless nothing in them can be meant', () => {
    const { enters } = filterOf(['**/*.feed'], ['node_modules/**', '*.d', 'x/*']);
    assert.deepEqual(
      ['a', 'a/b', 'x', 'a.d', 'node_modules', 'node_modules/a', '.git', 'a/.git'].filter((path) =>
        enters(path),
      ),
      ['a', 'a/b', 'x', 'a.d'],
    );
    assert.ok(filterOf(['.well-known/**']).enters('.well-known'));
    assert.ok(filterOf(['**/{.a,b}/*']).enters('.a'));
  });
});
