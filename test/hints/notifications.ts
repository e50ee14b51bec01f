import { createSign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { signedText, snsMessage } from '../../src/hints/sns-message.ts';

interface RecordOptions {
  readonly source?: string;
  readonly event?: string;
  readonly bucket?: string;
  /** As it stands in the notification. */
  readonly key?: string;
}

/** What a store says of one object. */
export function bucketRecord({
  source = 'aws:s3',
  event = 'ObjectCreated:Put',
  bucket = 'updates',
  key = 'v1/tips/x',
}: RecordOptions = {}) {
  return {
    eventVersion: '2.1',
    eventSource: source,
    awsRegion: 'eu-west-1',
    eventTime: '2026-01-01T00:00:00.000Z',
    eventName: event,
    s3: {
      s3SchemaVersion: '1.0',
      configurationId: 'tips',
      bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
      object: { key, size: 0, eTag: 'd41d8cd98f00b204e9800998ecf8427e', sequencer: '0055AED6DCD90281E5' },
    },
  };
}

export function notification(...records: readonly object[]) {
  return { Records: records };
}

export const topic = 'arn:aws:sns:eu-west-1:123456789012:updates';
export const certificateUrl = 'https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem';
export const subscribeUrl = `https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${topic}&Token=t0k3n`;

/** One of our own, that stands for the one of SNS. */
export const certificate = fixture('sns-certificate.pem');

/** What SNS would post, signed with a key of ours. `changes` are signed too; what is `undefined` is left out. */
export function snsPost(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const members: Record<string, unknown> = {
    Type: 'Notification',
    MessageId: '22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324',
    TopicArn: topic,
    Message: JSON.stringify(notification(bucketRecord())),
    Timestamp: '2027-01-01T00:00:00.000Z',
    SignatureVersion: '2',
    Signature: '',
    SigningCertURL: certificateUrl,
    ...changes,
  };
  const message = snsMessage(members);
  if (message === undefined) throw new Error('this is no message of SNS');
  const algorithm = members['SignatureVersion'] === '1' ? 'sha1' : 'sha256';
  const key = fixture('sns-key.pem');
  return { ...members, Signature: createSign(algorithm).update(signedText(message)).sign(key, 'base64') };
}

/** The message that asks whether a subscription is meant. */
export function confirmation(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return snsPost({
    Type: 'SubscriptionConfirmation',
    Message: 'Confirm it.',
    Token: 't0k3n',
    SubscribeURL: subscribeUrl,
    ...changes,
  });
}

function fixture(name: string): string {
  return readFileSync(join(import.meta.dirname, '../fixtures/tls', name), 'utf8');
}
