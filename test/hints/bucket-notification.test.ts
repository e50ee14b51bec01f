import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bucketNotification } from '../../src/hints/bucket-notification.ts';
import { notificationText } from '../../src/hints/notification-text.ts';
import { bucketRecord, notification } from './notifications.ts';

const tip = 'v1/tips/web-1~0123~45/0000001_00000000a.000000000';

describe('a notification of a bucket', () => {
  it('of AWS names keys as forms write them', () => {
    const record = bucketRecord({ key: 'feeds/a+b%2Bc%C3%BC/v1%7E2.json' });
    assert.deepEqual(bucketNotification(notification(record)), [
      { bucket: 'updates', keys: ['feeds/a b+cü/v1~2.json'] },
    ]);
  });

  it('of Ceph names keys as they are', () => {
    const record = bucketRecord({ source: 'ceph:s3', key: 'a~b_c+d e%20f/ü.json' });
    assert.deepEqual(bucketNotification(notification(record)), [
      { bucket: 'updates', keys: ['a~b_c+d e%20f/ü.json'] },
    ]);
  });

  it('of MinIO says the key outside of its records, too', () => {
    const record = bucketRecord({
      source: 'minio:s3',
      event: 's3:ObjectCreated:Put',
      key: encodeURIComponent(tip),
    });
    const posted = { EventName: 's3:ObjectCreated:Put', Key: `updates/${tip}`, ...notification(record) };
    assert.deepEqual(bucketNotification(posted), [{ bucket: 'updates', keys: [tip] }]);
  });

  it('may tell of several objects and buckets', () => {
    const records = [
      bucketRecord({ key: 'a' }),
      bucketRecord({ key: 'b', bucket: 'other' }),
      bucketRecord({ key: 'c' }),
    ];
    assert.deepEqual(bucketNotification(notification(...records)), [
      { bucket: 'updates', keys: ['a', 'c'] },
      { bucket: 'other', keys: ['b'] },
    ]);
  });

  it('of a deletion, and the one that AWS tries a queue with, tell of nothing written', () => {
    for (const event of ['ObjectRemoved:Delete', 's3:ObjectRemoved:Delete', 'ObjectRestore:Completed'])
      assert.deepEqual(bucketNotification(notification(bucketRecord({ event }))), []);
    assert.deepEqual(
      bucketNotification({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'updates' }),
      [],
    );
  });

  it('is nothing else', () => {
    const { s3 } = bucketRecord();
    const strangers: unknown[] = [
      undefined,
      null,
      7,
      'Records',
      [],
      {},
      { Records: [] },
      { Records: 'all' },
      { Records: [null] },
      { Records: [{}] },
      { Event: 'other' },
      notification(bucketRecord(), { ...bucketRecord(), eventSource: 'aws:sqs' }),
      notification({ ...bucketRecord(), eventName: 7 }),
      notification({ ...bucketRecord(), s3: { ...s3, object: { key: 7 } } }),
      notification({ ...bucketRecord(), s3: { ...s3, bucket: 'updates' } }),
      notification(bucketRecord({ key: '' })),
      notification(bucketRecord({ key: '%' })),
      notification(bucketRecord({ key: '%ff' })),
      notification(bucketRecord({ key: 'x'.repeat(1025) })),
      notification(...Array.from({ length: 1001 }, () => bucketRecord())),
    ];
    for (const stranger of strangers)
      assert.equal(bucketNotification(stranger), undefined, JSON.stringify(stranger));
  });
});

describe('a message of a queue', () => {
  const inside = JSON.stringify(notification(bucketRecord({ key: 'a' })));
  const envelope = {
    Type: 'Notification',
    MessageId: '1',
    TopicArn: 'arn:aws:sns:eu-west-1:1:t',
    Message: inside,
    Timestamp: '2026-01-01T00:00:00.000Z',
  };

  it('is a notification, as it is or in an envelope of SNS', () => {
    const written = [{ bucket: 'updates', keys: ['a'] }];
    assert.deepEqual(notificationText(inside), written);
    assert.deepEqual(notificationText(JSON.stringify(envelope)), written);
  });

  it('is nothing else, also not in two envelopes', () => {
    const twice = { ...envelope, Message: JSON.stringify(envelope) };
    const others = [
      '',
      '{',
      '[]',
      'null',
      '"text"',
      JSON.stringify({ ...envelope, Message: 'hello' }),
      JSON.stringify(twice),
    ];
    for (const other of others) assert.equal(notificationText(other), undefined, other);
  });
});
