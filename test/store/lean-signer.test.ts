import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canonicalQuery, encodeKey } from '../../src/store/lean-request.ts';
import { LeanSigner } from '../../src/store/lean-signer.ts';

/** The examples of AWS's documentation: "Signature Calculations for the Authorization Header", Amazon S3 API reference. */
const keys = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const way = {
  origin: 'https://examplebucket.s3.amazonaws.com',
  host: 'examplebucket.s3.amazonaws.com',
  base: '/',
  region: 'us-east-1',
};
const time = Date.UTC(2013, 4, 24);

function signatureOf(headers: readonly string[]): string | undefined {
  return /Signature=(\w+)$/.exec(headers[headers.indexOf('authorization') + 1] ?? '')?.[1];
}

describe('a request is signed as in AWS’s example of', () => {
  it('a ranged GET', () => {
    const signed = new LeanSigner().sign(
      { method: 'GET', key: 'test.txt', headers: { range: 'bytes=0-9' } },
      way,
      keys,
      time,
    );
    assert.equal(signed.path, '/test.txt');
    assert.equal(
      signatureOf(signed.headers),
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    );
  });

  it('a listing', () => {
    const query = canonicalQuery({ prefix: 'J', 'max-keys': '2' });
    const signed = new LeanSigner().sign({ method: 'GET', key: '', query }, way, keys, time);
    assert.equal(signed.path, '/?max-keys=2&prefix=J');
    assert.equal(
      signatureOf(signed.headers),
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    );
  });
});

it('a signer follows the day, the region and the secret, and forgets none of them', () => {
  const signer = new LeanSigner();
  const request = { method: 'GET', key: 'a' } as const;
  const sign = (by: LeanSigner, more: { time?: number; region?: string; secret?: string; token?: string }) =>
    by.sign(
      request,
      { ...way, region: more.region ?? 'us-east-1' },
      {
        accessKeyId: 'a',
        secretAccessKey: more.secret ?? 's',
        ...(more.token !== undefined && { sessionToken: more.token }),
      },
      more.time ?? time,
    );
  const variants = [
    {},
    { time: time + 86_400_000 },
    { region: 'eu-west-1' },
    { secret: 't' },
    { token: 'x' },
    {},
  ];
  const reused = variants.map((variant) => sign(signer, variant));
  assert.deepEqual(
    reused,
    variants.map((variant) => sign(new LeanSigner(), variant)),
  );
  assert.equal(new Set(reused.map(({ headers }) => signatureOf(headers))).size, 5);
});

it('keys are encoded once and never normalised', () => {
  for (const [key, encoded] of [
    ['a/b', 'a/b'],
    ['a//b/../.', 'a//b/../.'],
    ["a b+c%2F!'()*é", 'a%20b%2Bc%252F%21%27%28%29%2A%C3%A9'],
    ['~-._', '~-._'],
  ] as const)
    assert.equal(encodeKey(key), encoded);
});
