import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseListing } from '../../src/store/lean-listing.ts';

const parse = (text: string, prefixLength = 0) => parseListing(Buffer.from(text), prefixLength);

const ceph = `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>p/</Prefix><MaxKeys>2</MaxKeys><IsTruncated>true</IsTruncated><NextContinuationToken>p/b&amp;c</NextContinuationToken><Contents><Key>p/a%20b</Key><LastModified>2026-11-23T01:02:03.456Z</LastModified><ETag>&quot;900150983cd24fb0d6963f7d28e17f72&quot;</ETag><Size>12</Size><StorageClass>STANDARD</StorageClass><Owner><ID>id</ID><DisplayName>A &lt;Key&gt;</DisplayName></Owner></Contents><Contents><Key>p/b&amp;c</Key><LastModified>2026-11-23T01:02:04.000Z</LastModified><ETag>&quot;e-2&quot;</ETag><Size>0</Size></Contents><CommonPrefixes><Prefix>p/d/</Prefix></CommonPrefixes><CommonPrefixes><Prefix>p/e+f/</Prefix></CommonPrefixes></ListBucketResult>`;

const expected = {
  objects: [
    {
      key: 'a b',
      size: 12,
      etag: '900150983cd24fb0d6963f7d28e17f72',
      lastModified: Date.parse('2026-11-23T01:02:03.456Z'),
    },
    { key: 'b&c', size: 0, etag: 'e-2', lastModified: Date.parse('2026-11-23T01:02:04Z') },
  ],
  prefixes: ['d/', 'e f/'],
  IsTruncated: true,
  NextContinuationToken: 'p/b&c',
};

describe('a page of a listing', () => {
  it('gives keys without the prefix, sizes, bare ETags, times, rolled-up prefixes and where it goes on', () => {
    assert.deepEqual(parse(ceph, 2), expected);
  });

  it('may have its elements in any order, with white space, attributes, comments and namespaces', () => {
    const spread = ceph
      .replace(/<(Key|Size|ETag|LastModified|Contents|Prefix)>/g, '<s3:$1 a="1 > 0" \n b=\'/\'>')
      .replace(/<\/(Key|Size|ETag|LastModified|Contents|Prefix)>/g, '</s3:$1 >\n <!-- <Contents> -->\t');
    assert.deepEqual(parse(`\n${spread}\n`, 2), expected);
    const turned = parse(
      '<ListBucketResult><Contents><Size> 7 </Size><Owner/><ETag>"q"</ETag><LastModified>2026-11-23T01:02:03Z</LastModified><Key>k</Key></Contents></ListBucketResult>',
    );
    assert.deepEqual(turned.objects, [
      { key: 'k', size: 7, etag: 'q', lastModified: Date.parse('2026-11-23T01:02:03Z') },
    ]);
    assert.equal(turned.IsTruncated, false);
  });

  it('may be empty, when it says so itself', () => {
    const empty = { objects: [], prefixes: [], IsTruncated: false };
    assert.deepEqual(parse('<ListBucketResult/>'), empty);
    assert.deepEqual(parse('<?xml version="1.0"?>\n<ListBucketResult></ListBucketResult>\n'), empty);
  });

  it('may name keys in UTF-8 and with character references, whatever the store makes of encoding-type', () => {
    const { objects } = parse(
      '<ListBucketResult><Contents><Key>é&#x1F600;&#10;</Key></Contents></ListBucketResult>',
    );
    assert.equal(objects[0]?.key, 'é\u{1f600}\n');
  });

  it('that is cut off anywhere is an error, never a shorter page', () => {
    for (let length = 0; length < ceph.length; length += 1)
      assert.throws(() => parse(ceph.slice(0, length)), Error, `${length} characters`);
  });

  it('that is something else is an error, never an empty page', () => {
    const entry = (inner: string) => `<ListBucketResult><Contents>${inner}</Contents></ListBucketResult>`;
    for (const text of [
      'OK',
      '{"Contents":[]}',
      '<html><body>Please log in</body></html>',
      '<!DOCTYPE html><html></html>',
      '<Error><Code>InternalError</Code></Error>',
      '<ListBucketResultX></ListBucketResultX>',
      '<ListBucketResult></ListBucketResult><ListBucketResult></ListBucketResult>',
      '<ListBucketResult></ListAllMyBucketsResult>',
      '<ListBucketResult><Contents><Key>a</Contents></Key></ListBucketResult>',
      '<ListBucketResult><Name></ListBucketResult>',
      '<ListBucketResult><![CDATA[x]]></ListBucketResult>',
      entry(''),
      entry('<Key></Key>'),
      entry('<Key>a</Key><Size>many</Size>'),
      entry('<Key>a</Key><Size>-1</Size>'),
      entry('<Key>a</Key><Size>99999999999999999999</Size>'),
      entry('<Key>a</Key><Size></Size>'),
      entry('<Key>a</Key>< Size>1</Size>'),
    ])
      assert.throws(() => parse(text), Error, text);
  });

  it('keeps nothing of the page alive but what it says', () => {
    const page = Buffer.from(ceph);
    const { objects } = parseListing(page);
    page.fill(0);
    assert.deepEqual(
      objects.map(({ key }) => key),
      ['p/a b', 'p/b&c'],
    );
  });
});
