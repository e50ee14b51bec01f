import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BucketcastError } from '../../src/base/errors.ts';
import { isConflict, s3CodeOf, s3Error } from '../../src/store/s3-errors.ts';

const NOW = Date.parse('2026-11-22T16:00:00Z');
const call = { operation: 'put', bucket: 'bucket', key: 'a/b', now: NOW };

/** The shape of the SDK's exceptions, as recorded from AWS's documents and Ceph's answers. */
function answer(
  status: number,
  name: string,
  headers: Record<string, string> = {},
  message = 'UnknownError',
) {
  return Object.assign(new Error(message), {
    name,
    $metadata: { httpStatusCode: status },
    $response: { statusCode: status, headers },
  });
}

const socket = (code: string) => Object.assign(new Error(`connect ${code} 127.0.0.1:1`), { code });

describe('an S3 failure becomes', () => {
  const cases: readonly [title: string, failure: unknown, code: string, details: object, hint?: RegExp][] = [
    [
      'refused when access is denied',
      answer(403, 'AccessDenied'),
      'store-refused',
      { status: 403, s3Code: 'AccessDenied' },
      /s3:ListBucket/,
    ],
    [
      'refused when the signature is wrong',
      answer(403, 'SignatureDoesNotMatch'),
      'store-refused',
      { status: 403 },
      /secretAccessKey/,
    ],
    [
      'refused when the key id is unknown',
      answer(403, 'InvalidAccessKeyId'),
      'store-refused',
      { status: 403 },
      /accessKeyId/,
    ],
    [
      'refused when the token has run out',
      answer(400, 'ExpiredToken'),
      'store-refused',
      { status: 400 },
      /run out/,
    ],
    [
      'refused when the bucket is missing',
      answer(404, 'NoSuchBucket'),
      'store-refused',
      { status: 404 },
      /doctor --create-bucket/,
    ],
    [
      'refused for a HEAD without a body',
      answer(403, '403'),
      'store-refused',
      { status: 403 },
      /s3:GetObject/,
    ],
    [
      'refused when the operation does not exist',
      answer(501, 'NotImplemented'),
      'store-refused',
      { status: 501 },
      /doctor/,
    ],
    [
      'refused by a proxy that wants a password',
      answer(407, 'UnknownError'),
      'store-refused',
      { status: 407 },
      /store\.proxy/,
    ],
    [
      'refused in the wrong region, naming the right one',
      answer(301, 'PermanentRedirect', { 'x-amz-bucket-region': 'eu-west-1' }),
      'store-refused',
      { region: 'eu-west-1' },
      /region=eu-west-1/,
    ],
    [
      'unavailable on a temporary redirect',
      answer(307, 'TemporaryRedirect'),
      'store-unavailable',
      { status: 307 },
    ],
    [
      'unavailable on 500',
      answer(500, 'InternalError'),
      'store-unavailable',
      { status: 500, s3Code: 'InternalError' },
    ],
    [
      'unavailable on 502 with a page of HTML',
      answer(502, 'SyntaxError', {}, '<html>\n<body>'),
      'store-unavailable',
      { status: 502 },
    ],
    ['unavailable on 408', answer(408, 'UnknownError'), 'store-unavailable', { status: 408 }],
    [
      'unavailable on S3’s own RequestTimeout, a 400',
      answer(400, 'RequestTimeout'),
      'store-unavailable',
      { status: 400 },
    ],
    [
      'unavailable while a bucket is being made',
      answer(409, 'OperationAborted'),
      'store-unavailable',
      { status: 409 },
    ],
    [
      'unavailable when the clocks differ, for the next request is signed anew',
      answer(403, 'RequestTimeTooSkewed'),
      'store-unavailable',
      { status: 403 },
      /clock/,
    ],
    [
      'unavailable and throttled on SlowDown',
      answer(503, 'SlowDown', { 'retry-after': '3' }),
      'store-unavailable',
      { throttled: true, retryAfterMs: 3000 },
    ],
    [
      'unavailable and throttled on 429',
      answer(429, 'UnknownError'),
      'store-unavailable',
      { status: 429, throttled: true },
    ],
    [
      'unavailable and throttled on a 400 that says so',
      answer(400, 'ThrottlingException'),
      'store-unavailable',
      { throttled: true },
    ],
    [
      'unavailable when nobody listens',
      socket('ECONNREFUSED'),
      'store-unavailable',
      { errno: 'ECONNREFUSED' },
      /endpoint/,
    ],
    [
      'unavailable when the name does not resolve',
      socket('ENOTFOUND'),
      'store-unavailable',
      { errno: 'ENOTFOUND' },
      /pathStyle/,
    ],
    [
      'unavailable when the certificate is not trusted',
      socket('DEPTH_ZERO_SELF_SIGNED_CERT'),
      'store-unavailable',
      {},
      /caFile/,
    ],
    [
      'unavailable when the answer takes too long',
      Object.assign(new Error('timed out'), { name: 'TimeoutError' }),
      'store-unavailable',
      {},
    ],
    ['unavailable when something that is no error is thrown', undefined, 'store-unavailable', {}],
  ];
  for (const [title, failure, code, details, hint] of cases) {
    it(title, () => {
      const error = s3Error(failure, call);
      assert.equal(error.code, code);
      assert.equal(error.retryable, code === 'store-unavailable');
      assert.deepEqual({ ...error.details, ...details, operation: 'put', key: 'a/b' }, error.details);
      assert.equal(error.cause, failure);
      assert.match(error.message, /^put a\/b: .*\w/);
      if (hint !== undefined) assert.match(error.hint ?? '', hint);
    });
  }

  it('closed when the caller aborted, whatever it looks like', () => {
    const reason = new Error('enough');
    const error = s3Error(answer(500, 'InternalError'), { ...call, signal: AbortSignal.abort(reason) });
    assert.deepEqual([error.code, error.cause], ['closed', reason]);
  });

  it('itself when it speaks of the contract already', () => {
    const known = new BucketcastError('store-refused', 'too large');
    assert.equal(s3Error(known, call), known);
  });

  it('one with the store’s time where the answer had it', () => {
    const error = s3Error(answer(503, 'SlowDown', { date: 'Sun, 22 Nov 2026 16:00:05 GMT' }), call);
    assert.equal(error.details['time'], NOW + 5000);
    assert.equal(error.details['throttled'], true);
  });

  it('one that names the code where Ceph leaves the message empty', () => {
    assert.equal(
      s3Error(answer(403, 'AccessDenied', {}, ''), call).message,
      'put a/b: the store answered 403 AccessDenied',
    );
  });
});

it('a condition that did not hold is told from every other refusal', () => {
  assert.equal(isConflict(answer(412, 'PreconditionFailed'), 'absent'), true);
  assert.equal(isConflict(answer(412, 'UnknownError'), 'etag'), true);
  assert.equal(isConflict(answer(409, 'ConditionalRequestConflict'), 'absent'), true);
  assert.equal(isConflict(answer(404, 'NoSuchKey'), 'etag'), true);
  assert.equal(isConflict(answer(404, 'NoSuchBucket'), 'etag'), false);
  assert.equal(isConflict(answer(404, 'NoSuchKey'), 'absent'), false);
  assert.equal(isConflict(answer(409, 'OperationAborted'), 'absent'), false);
  assert.equal(isConflict(answer(500, 'InternalError'), 'absent'), false);
});

it('what the SDK calls an answer without a code is no S3 code', () => {
  assert.equal(s3CodeOf(answer(400, 'UnknownError')), undefined);
  assert.equal(s3CodeOf(answer(404, '404')), undefined);
  assert.equal(s3CodeOf(socket('ECONNRESET')), undefined);
  assert.equal(s3CodeOf(answer(404, 'NoSuchKey')), 'NoSuchKey');
});

it('a time-out of the client is told in our words', () => {
  const timeout = (message: string) =>
    s3Error(Object.assign(new Error(message), { name: 'TimeoutError' }), call).message;
  assert.match(
    timeout('x - the request socket timed out after 30000 ms of inactivity (y).'),
    /store: nothing came in 30 s$/,
  );
  assert.match(timeout('x - within the configured timeout of 5000 ms.'), /store: no connection in 5 s$/);
});
