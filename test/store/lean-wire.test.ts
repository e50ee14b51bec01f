import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { describe, it } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { isBucketcastError } from '../../src/base/errors.ts';
import { errorXml, say, scriptedS3 } from './scripted-s3.ts';

const HOUR = 3_600_000;
const slow = { clock: { ...systemClock, now: () => systemClock.now() - HOUR } };

/** When the request was signed, ms since the epoch. */
function signedAt({ headers }: IncomingMessage): number {
  const text = String(headers['x-amz-date']);
  return Date.parse(text.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
}

const regionOf = ({ headers }: IncomingMessage) =>
  /Credential=[^/]+\/\d+\/([^/]+)\//.exec(headers.authorization ?? '')?.[1];

describe('a clock that is an hour slow', () => {
  const { serve } = scriptedS3();

  it('is corrected by the store’s answer, once and for all', async () => {
    const s3 = await serve((request, response) =>
      Math.abs(signedAt(request) - Date.now()) < 60_000
        ? say(response, 200, 'x', { etag: '"1"' })
        : say(response, 403, errorXml('RequestTimeTooSkewed')),
    );
    const store = await s3.open({}, slow);
    assert.equal((await store.get('a')).status, 'found');
    assert.equal((await store.put('a', new Uint8Array(100_000))).status, 'stored');
    assert.equal(s3.requests.length, 3);
  });

  it('is corrected by the answer to a HEAD, which cannot name the reason', async () => {
    const s3 = await serve((request, response) =>
      say(response, Math.abs(signedAt(request) - Date.now()) < 60_000 ? 200 : 403),
    );
    const store = await s3.open({}, slow);
    assert.equal((await store.head('a')).status, 'found');
    assert.equal(s3.requests.length, 2);
  });

  it('is not blamed for a refusal twice', async () => {
    const s3 = await serve((_, response) => say(response, 403, errorXml('RequestTimeTooSkewed')));
    const store = await s3.open({}, slow);
    await assert.rejects(store.get('a'), (error) => {
      assert.ok(isBucketcastError(error, 'store-unavailable'));
      return /clock/.test(error.hint ?? '');
    });
    assert.equal(s3.requests.length, 2);
  });
});

describe('a bucket in another region', () => {
  const { serve } = scriptedS3();
  const there = 'eu-west-1';
  const refusals: Record<string, (response: Parameters<typeof say>[0]) => void> = {
    'a redirect that names it': (response) =>
      say(response, 301, errorXml('PermanentRedirect'), { 'x-amz-bucket-region': there }),
    'a refusal of the signature that names it': (response) =>
      say(response, 400, errorXml('AuthorizationHeaderMalformed', `<Region>${there}</Region>`)),
    'a temporary redirect elsewhere': (response) =>
      say(response, 307, errorXml('TemporaryRedirect'), {
        'x-amz-bucket-region': there,
        location: 'http://elsewhere.invalid/',
      }),
  };
  for (const [title, refuse] of Object.entries(refusals)) {
    it(`is found by ${title}, and remembered`, async () => {
      const s3 = await serve((request, response) =>
        regionOf(request) === there ? say(response, 200, 'x') : refuse(response),
      );
      const store = await s3.open();
      const both = await Promise.all([store.get('a'), store.put('b', new Uint8Array(1))]);
      assert.deepEqual(
        both.map(({ status }) => status),
        ['found', 'stored'],
      );
      const soFar = s3.requests.length;
      assert.equal((await store.get('a')).status, 'found');
      assert.equal(s3.requests.length, soFar + 1);
    });
  }

  it('that is sent to and fro is refused, naming the region last heard of', async () => {
    let turn = 0;
    const s3 = await serve((_, response) =>
      say(response, 301, '', { 'x-amz-bucket-region': `region-${turn++}` }),
    );
    await assert.rejects((await s3.open()).get('a'), (error) => {
      assert.ok(isBucketcastError(error, 'store-refused'));
      assert.match(error.hint ?? '', /region-1/);
      return true;
    });
    assert.equal(s3.requests.length, 2);
  });
});
