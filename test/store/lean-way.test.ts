import assert from 'node:assert/strict';
import { it } from 'node:test';
import { wayTo } from '../../src/store/lean-way.ts';
import { parseS3Url } from '../../src/store/s3-url.ts';
import { sdkWay } from '../../src/store/sdk-way.ts';

it('a bucket of an endpoint is asked for where the SDK would ask', async () => {
  const endpoints = [
    'https://s3.example.org',
    'http://s3.example.org:8080',
    'https://s3.example.org/gate/way',
    'http://127.0.0.1:7480',
    'https://[::1]:7480',
    'http://localhost:7480',
  ];
  for (const endpoint of endpoints) {
    for (const bucket of ['bucket', 'my.bucket', 'Bucket_U', 'a-b', '-a', '1.2.3.4']) {
      for (const pathStyle of [true, false]) {
        const url = `s3://${bucket.replace(/^-/, 'x-')}?endpoint=${endpoint}&region=eu-west-1&pathStyle=${pathStyle}`;
        const location = parseS3Url(url, 'store.url');
        assert.deepEqual(
          wayTo(location.endpoint as string, location, 'eu-west-1'),
          await sdkWay(location, {}),
          url,
        );
      }
    }
  }
});

it('a bucket of AWS is asked for in its region, in the partition of that', async () => {
  const location = parseS3Url('s3://bucket?region=eu-west-1', 'store.url');
  const way = await sdkWay(location, {});
  assert.deepEqual(way, {
    origin: 'https://bucket.s3.eu-west-1.amazonaws.com',
    host: 'bucket.s3.eu-west-1.amazonaws.com',
    base: '/',
    region: 'eu-west-1',
  });
  assert.equal(
    (await sdkWay(location, { region: 'cn-north-1' })).host,
    'bucket.s3.cn-north-1.amazonaws.com.cn',
  );
  const dotted = await sdkWay({ ...location, bucket: 'my.bucket' }, {});
  assert.equal(`${dotted.origin}${dotted.base}`, 'https://s3.eu-west-1.amazonaws.com/my.bucket/');
});
