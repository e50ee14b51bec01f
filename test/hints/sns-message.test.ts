import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { certificateAddress, confirmationAddress } from '../../src/hints/sns-address.ts';
import { type SnsMessage, signedText, snsMessage } from '../../src/hints/sns-message.ts';
import { isSigned, parseCertificate } from '../../src/hints/sns-signature.ts';
import { certificate, certificateUrl, confirmation, snsPost, subscribeUrl, topic } from './notifications.ts';

const good = parseCertificate(certificate);
const now = Date.UTC(2027, 0, 1);
const isGood = (posted: object, at = now) =>
  isSigned(snsMessage(posted) as SnsMessage, good as NonNullable<typeof good>, at);

describe('an address in a message of SNS', () => {
  it('is of SNS itself, in the region of the topic', () => {
    assert.equal(certificateAddress(certificateUrl, topic)?.href, certificateUrl);
    assert.equal(confirmationAddress(subscribeUrl, topic)?.href, new URL(subscribeUrl).href);
    const china = 'arn:aws-cn:sns:cn-north-1:1:updates';
    assert.ok(certificateAddress('https://sns.cn-north-1.amazonaws.com.cn/a.pem', china));
  });

  it('is no other, however alike', () => {
    const others = [
      'http://sns.eu-west-1.amazonaws.com/a.pem',
      'https://sns.eu-west-1.amazonaws.com:444/a.pem',
      'https://user@sns.eu-west-1.amazonaws.com/a.pem',
      'https://sns.eu-west-1.amazonaws.com.evil.example/a.pem',
      'https://sns.eu-west-1.amazonaws.com@evil.example/a.pem',
      'https://evil.example/sns.eu-west-1.amazonaws.com/a.pem',
      'https://sns-eu-west-1.amazonaws.com/a.pem',
      'https://xsns.eu-west-1.amazonaws.com/a.pem',
      'https://sns.us-east-1.amazonaws.com/a.pem',
      'https://bucket.s3.eu-west-1.amazonaws.com/a.pem',
      'https://sns.eu-west-1.amazonaws.com/a.pem?x=1',
      'https://sns.eu-west-1.amazonaws.com/?Action=Publish&x=a.pem',
      'https://sns.eu-west-1.amazonaws.com/dir/a.pem',
      'file:///etc/passwd',
      '',
    ];
    for (const other of others) assert.equal(certificateAddress(other, topic), undefined, other);
    assert.equal(certificateAddress(certificateUrl, 'arn:aws:sns:.*:1:updates'), undefined);
  });

  it('confirms this topic and does nothing else', () => {
    const base = 'https://sns.eu-west-1.amazonaws.com/';
    for (const other of [
      certificateUrl,
      `${base}?Action=DeleteTopic&TopicArn=${topic}&Token=t`,
      `${base}?Action=ConfirmSubscription&TopicArn=${topic}2&Token=t`,
      `${base}?Action=ConfirmSubscription&Action=DeleteTopic&TopicArn=${topic}&Token=t`,
      subscribeUrl.replace('https', 'http'),
      subscribeUrl.replace('amazonaws.com', 'example.com'),
    ])
      assert.equal(confirmationAddress(other, topic), undefined, other);
  });
});

describe('the signature of a message of SNS', () => {
  it('is good in both versions, with and without a subject, of every type', () => {
    for (const SignatureVersion of ['1', '2']) {
      assert.ok(isGood(snsPost({ SignatureVersion })));
      assert.ok(isGood(snsPost({ SignatureVersion, Subject: 'Amazon S3 Notification' })));
      assert.ok(isGood(confirmation({ SignatureVersion })));
    }
  });

  it('is over what the documentation of SNS says', () => {
    const { Message, MessageId, Timestamp } = snsPost() as Record<string, string>;
    const lines = [
      'Message',
      Message,
      'MessageId',
      MessageId,
      'Subject',
      'S',
      'Timestamp',
      Timestamp,
      'TopicArn',
      topic,
    ];
    const text = `${[...lines, 'Type', 'Notification'].join('\n')}\n`;
    assert.equal(signedText(snsMessage(snsPost({ Subject: 'S' })) as SnsMessage), text);
    const asked = signedText(snsMessage(confirmation()) as SnsMessage);
    assert.deepEqual(
      asked.split('\n').filter((_, index) => index % 2 === 0),
      ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type', ''],
    );
  });

  it('is not good for anything that was changed afterwards', () => {
    for (const change of [
      { Message: '{}' },
      { MessageId: '1' },
      { Subject: 'added' },
      { Timestamp: '2027-01-01T00:00:01.000Z' },
      { TopicArn: `${topic}2` },
      { SignatureVersion: '1' },
      { Signature: '' },
      { Signature: 'AAAA' },
    ])
      assert.ok(!isGood({ ...snsPost(), ...change }), JSON.stringify(change));
    assert.ok(!isGood({ ...confirmation(), SubscribeURL: `${subscribeUrl}x` }));
    assert.ok(!isGood({ ...confirmation(), Token: 'other' }));
  });

  it('is not good without one of the known versions, or with a certificate that is not valid now', () => {
    for (const gone of ['Signature', 'SignatureVersion', 'SigningCertURL'])
      assert.ok(!isGood({ ...snsPost(), [gone]: undefined }), gone);
    assert.ok(!isGood({ ...snsPost(), SignatureVersion: '3' }));
    assert.ok(!isGood(snsPost(), Date.UTC(2020, 0, 1)));
    assert.ok(!isGood(snsPost(), Date.UTC(2300, 0, 1)));
  });

  it('takes an RSA key', () => {
    const pem = readFileSync(join(import.meta.dirname, '../fixtures/tls/certificate.pem'), 'utf8');
    const elliptic = parseCertificate(pem);
    assert.ok(elliptic);
    assert.ok(!isSigned(snsMessage(snsPost()) as SnsMessage, elliptic, now));
    assert.equal(parseCertificate('no certificate'), undefined);
  });
});

describe('an envelope of SNS', () => {
  it('has all that it needs, or is none', () => {
    for (const gone of ['Type', 'MessageId', 'TopicArn', 'Message', 'Timestamp'])
      assert.equal(snsMessage({ ...snsPost(), [gone]: undefined }), undefined, gone);
    for (const gone of ['Token', 'SubscribeURL'])
      assert.equal(snsMessage({ ...confirmation(), [gone]: undefined }), undefined, gone);
    for (const other of [
      null,
      'text',
      [],
      {},
      { ...snsPost(), Type: 'Other' },
      { ...snsPost(), Message: {} },
    ])
      assert.equal(snsMessage(other), undefined);
  });
});
