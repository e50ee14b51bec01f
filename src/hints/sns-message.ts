/**
 * What SNS posts to subscribers, and puts into queues: an envelope around somebody's message, signed by SNS. See
 * docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html.
 */
export interface SnsMessage {
  readonly type: 'Notification' | 'SubscriptionConfirmation' | 'UnsubscribeConfirmation';
  readonly id: string;
  /** ARN. */
  readonly topic: string;
  readonly message: string;
  readonly subject: string | undefined;
  /** ISO 8601. */
  readonly timestamp: string;
  /** Of confirmations only. */
  readonly token: string | undefined;
  readonly subscribeUrl: string | undefined;
  /** Of messages that were posted; queues may hold some without. */
  readonly signature: SnsSignature | undefined;
}

export interface SnsSignature {
  /** `1`: SHA-1, `2`: SHA-256, both with RSA. */
  readonly version: '1' | '2';
  /** Base64. */
  readonly bytes: string;
  readonly certificateUrl: string;
}

/** Undefined for what is no such envelope. Nothing of it is checked yet but its shape. */
export function snsMessage(value: unknown): SnsMessage | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const given = value as Readonly<Record<string, unknown>>;
  const text = (name: string) => (typeof given[name] === 'string' ? given[name] : undefined);
  const [id, topic, message, timestamp] = ['MessageId', 'TopicArn', 'Message', 'Timestamp'].map(text);
  const [subject, token, subscribeUrl] = ['Subject', 'Token', 'SubscribeURL'].map(text);
  const type = types.find((known) => known === given['Type']);
  if (type === undefined || id === undefined || topic === undefined) return undefined;
  if (message === undefined || timestamp === undefined) return undefined;
  const isConfirmation = type !== 'Notification';
  if (isConfirmation && (token === undefined || subscribeUrl === undefined)) return undefined;
  return { type, id, topic, message, subject, timestamp, token, subscribeUrl, signature: signatureOf(text) };
}

/** What SNS has signed: some of the members, each with its name on a line of its own. */
export function signedText(message: SnsMessage): string {
  const { type, id, topic, message: text, subject, timestamp, token, subscribeUrl } = message;
  const members =
    type === 'Notification'
      ? { Message: text, MessageId: id, Subject: subject, Timestamp: timestamp, TopicArn: topic, Type: type }
      : {
          Message: text,
          MessageId: id,
          SubscribeURL: subscribeUrl,
          Timestamp: timestamp,
          Token: token,
          TopicArn: topic,
          Type: type,
        };
  return Object.entries(members)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}\n${value}\n`)
    .join('');
}

const types = ['Notification', 'SubscriptionConfirmation', 'UnsubscribeConfirmation'] as const;

function signatureOf(text: (name: string) => string | undefined): SnsSignature | undefined {
  const version = text('SignatureVersion');
  const bytes = text('Signature');
  const certificateUrl = text('SigningCertURL');
  if (bytes === undefined || certificateUrl === undefined) return undefined;
  return version === '1' || version === '2' ? { version, bytes, certificateUrl } : undefined;
}
