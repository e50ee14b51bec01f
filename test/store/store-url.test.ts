import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isBucketcastError } from '../../src/base/errors.ts';
import { presets } from '../../src/store/presets.ts';
import { parseStoreUrl } from '../../src/store/store-url.ts';

describe('a store URL', () => {
  it('names a directory, relative or absolute', () => {
    const directory = (url: string) => {
      const location = parseStoreUrl(url);
      return location.driver === 'file' ? location.directory : location.driver;
    };
    assert.equal(directory('file:.bucketcast/store'), '.bucketcast/store');
    assert.equal(directory('file:/var/lib/store'), '/var/lib/store');
    assert.equal(directory('file:///var/my%20store'), '/var/my store');
    assert.equal(directory('file:with spaces & 100%'), 'with spaces & 100%');
  });

  it('names a memory store', () => {
    assert.deepEqual(parseStoreUrl('memory:a'), { driver: 'memory', name: 'a' });
  });

  it('names a bucket, a prefix that is a folder, and how to get there', () => {
    const s3 = (url: string) => {
      const location = parseStoreUrl(url);
      assert.ok(location.driver === 's3');
      return location;
    };
    const plain = s3('s3://bucket');
    assert.deepEqual(
      [plain.bucket, plain.prefix, plain.endpoint, plain.region, plain.pathStyle],
      ['bucket', '', undefined, undefined, false],
    );
    assert.equal(s3('s3://bucket/').prefix, '');
    assert.equal(s3('s3://bucket/a/b').prefix, 'a/b/');
    assert.equal(s3('s3://bucket/a%20b%25/').prefix, 'a b%/');
    const own = s3('s3://bucket/p?endpoint=https://s3.example:9000/&region=north&pathStyle=false');
    assert.deepEqual([own.endpoint, own.region, own.pathStyle], ['https://s3.example:9000', 'north', false]);
    assert.deepEqual(
      [s3('s3://b-1?endpoint=http://h').pathStyle, s3('s3://b-1?endpoint=http://h').region],
      [true, 'us-east-1'],
    );
  });

  it('fills in the endpoint that a preset knows', () => {
    const endpoint = (query: string) => {
      const location = parseStoreUrl(`s3://bucket?${query}`);
      return location.driver === 's3' ? [location.endpoint, location.region] : [];
    };
    assert.deepEqual(endpoint('preset=linode&region=nl-ams-1'), [
      'https://nl-ams-1.linodeobjects.com',
      'nl-ams-1',
    ]);
    assert.deepEqual(endpoint('preset=r2&account=abc'), ['https://abc.r2.cloudflarestorage.com', 'auto']);
    assert.deepEqual(endpoint('preset=backblaze&region=eu-central-003'), [
      'https://s3.eu-central-003.backblazeb2.com',
      'eu-central-003',
    ]);
    assert.deepEqual(endpoint('preset=digitalocean&region=fra1'), [
      'https://fra1.digitaloceanspaces.com',
      'fra1',
    ]);
    assert.deepEqual(endpoint('preset=minio&endpoint=http://localhost:9000'), [
      'http://localhost:9000',
      'us-east-1',
    ]);
    assert.deepEqual(endpoint('preset=r2&endpoint=https://jurisdiction.example'), [
      'https://jurisdiction.example',
      'auto',
    ]);
  });

  it('every preset says what it needs and what its endpoint leaves open', () => {
    for (const [name, preset] of Object.entries(presets)) {
      const open =
        'endpoint' in preset ? [...preset.endpoint.matchAll(/\{(\w+)\}/g)].map((match) => match[1]) : [];
      for (const parameter of open)
        assert.ok(
          (preset.required as readonly string[]).includes(parameter as string),
          `${name} needs ${parameter}`,
        );
    }
  });

  const mistakes: readonly [url: string, message: RegExp, hint?: RegExp][] = [
    ['', /store\.url: expected a URL that begins with `s3:\/\/`/],
    ['/var/store', /got "\/var\/store"/, /file:\/var\/store/],
    ['https://s3.example/bucket', /begins with/, /s3:\/\/BUCKET\?endpoint=https:\/\/s3\.example/],
    ['file:', /expected a directory/],
    ['file://host/share', /not a path on this machine/],
    ['s3:bucket', /expected `s3:\/\/BUCKET/],
    ['s3://', /bucket name/],
    ['s3://a', /bucket name of 3 or more/],
    ['s3://bucket//x', /does not begin with `\/`/],
    ['s3://bucket/%zz', /valid `%` escapes/],
    [`s3://bucket/${'x'.repeat(600)}`, /at most 512 bytes/],
    ['s3://bucket?Region=x', /unknown parameter `Region`/, /Did you mean `region`/],
    ['s3://bucket?endpont=x', /unknown parameter `endpont`/, /Did you mean `endpoint`/],
    ['s3://bucket?region=', /expected a value/],
    ['s3://bucket?region=a&region=b', /once/],
    ['s3://bucket?preset=lindoe', /preset: expected one of aws, linode/, /linode/],
    ['s3://bucket?preset=linode', /needs region/, /\?preset|&region=/],
    ['s3://bucket?preset=ceph', /needs endpoint/],
    [
      's3://bucket?endpoint=localhost:9000',
      /endpoint: expected an `https:\/\/` or `http:\/\/` URL/,
      /endpoint=https:\/\/localhost:9000/,
    ],
    ['s3://bucket?endpoint=http://h/?a=b', /no query/],
    ['s3://bucket?pathStyle=yes', /pathStyle: expected `true` or `false`/],
  ];
  for (const [url, message, hint] of mistakes) {
    it(`is refused as ${JSON.stringify(url.slice(0, 50))}, saying what is expected`, () => {
      assert.throws(
        () => parseStoreUrl(url),
        (error) => {
          assert.ok(isBucketcastError(error, 'invalid-settings'));
          assert.match(error.message, message);
          if (hint !== undefined) assert.match(error.hint ?? '', hint);
          return true;
        },
      );
    });
  }

  it('with a secret in it is refused without repeating the secret', () => {
    for (const url of [
      's3://key:hunter2@bucket',
      's3://bucket?endpoint=https://key:hunter2@host',
      's3://bucket?secretAccessKey=hunter2',
    ]) {
      assert.throws(
        () => parseStoreUrl(url),
        (error) => {
          assert.ok(isBucketcastError(error, 'invalid-settings'));
          assert.doesNotMatch(`${error.message} ${error.hint}`, /hunter2/);
          return true;
        },
      );
    }
  });
});
