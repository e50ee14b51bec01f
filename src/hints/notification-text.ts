import { bucketNotification, type WrittenKeys } from './bucket-notification.ts';
import { snsMessage } from './sns-message.ts';

/**
 * What a message tells that came by a trusted way, a queue or a checked envelope: a bucket's notification, as it is or inside an
 * envelope of SNS, whose signature is not looked at. Undefined for what tells nothing.
 */
export function notificationText(text: string): readonly WrittenKeys[] | undefined {
  const value = parsedJson(text);
  const inside = snsMessage(value);
  return bucketNotification(inside === undefined ? value : parsedJson(inside.message));
}

/** Undefined for what is no JSON. */
export function parsedJson(text: string | Uint8Array): unknown {
  try {
    return JSON.parse(
      typeof text === 'string' ? text : new TextDecoder('utf-8', { fatal: true }).decode(text),
    );
  } catch {
    return undefined;
  }
}
