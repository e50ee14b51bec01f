import { BucketcastError } from '../base/errors.ts';
import { type HttpAgent, openHttpAgent } from '../base/http-agent.ts';
import { packageVersion } from '../base/package-version.ts';
import { bearerOf, Secret } from '../base/secret.ts';
import type { Settings } from '../config/settings.ts';
import { askSnsBy } from './ask-sns.ts';
import { bucketNotification } from './bucket-notification.ts';
import type { HintDoor, PostAnswer, PostedHint } from './hint-door.ts';
import type { HintParts } from './hint-parts.ts';
import type { Heard, HintTransport, HintTransportSnapshot } from './hint-transport.ts';
import { notificationText, parsedJson } from './notification-text.ts';
import { type AskSns, SnsInbox, type SnsVerdict } from './sns-inbox.ts';
import { snsMessage } from './sns-message.ts';
import { WebhookPeer } from './webhook-peer.ts';

/** Of a POST that holds the bytes of a hint, and no notification. */
const hintType = 'application/vnd.bucketcast.hint';

const timeoutMs = 5000;

export type WebhookSettings = NonNullable<Settings['hints']['webhook']>;

export interface WebhookParts extends Pick<HintParts, 'clock' | 'random' | 'events'> {
  /** Whether the node serves HTTP: without it, nothing that is posted comes here. */
  readonly http: boolean;
  /** Default: by HTTPS. */
  readonly askSns?: AskSns;
}

/** Hints by HTTP. Throws `invalid-settings` for what cannot be posted to, or with. */
export async function openWebhookHints(
  settings: WebhookSettings,
  parts: WebhookParts,
): Promise<WebhookHints> {
  // A header cannot hold others, and an address holds them only percent-encoded.
  if (!/^[\x21-\x7e]+$/.test(settings.secret)) throw invalid('secret', 'visible ASCII characters only');
  return new WebhookHints(settings, parts);
}

/** Posts hints to the other nodes, and takes what they and stores post to this one. */
export class WebhookHints implements HintTransport, HintDoor {
  readonly name = 'webhook';
  readonly #secret: Secret;
  readonly #peers: readonly WebhookPeer[];
  readonly #sns: SnsInbox;
  readonly #connections: HttpAgent;
  readonly #listens: boolean;
  #heard: ((what: Heard) => void) | undefined;
  #received = 0;
  #refused = 0;

  constructor({ peers, secret, snsTopics }: WebhookSettings, parts: WebhookParts) {
    this.#secret = new Secret(secret);
    this.#listens = parts.http;
    this.#connections = openHttpAgent({ timeoutMs });
    const { agent } = this.#connections;
    const headers = {
      'user-agent': `bucketcast/${packageVersion}`,
      'content-type': hintType,
      authorization: `Bearer ${secret}`,
    };
    const { askSns = askSnsBy({ agent, clock: parts.clock, timeoutMs }) } = parts;
    this.#peers = peers.map(
      (peer, index) => new WebhookPeer(peerUrl(peer, index), { ...parts, agent, headers, timeoutMs }),
    );
    this.#sns = new SnsInbox({ ...parts, topics: snsTopics, ask: askSns });
  }

  start(heard: (what: Heard) => void): void {
    this.#heard = heard;
  }

  send(hint: Uint8Array): void {
    for (const peer of this.#peers) peer.send(hint);
  }

  async stop(): Promise<void> {
    this.#heard = undefined;
    this.#sns.stop();
    await Promise.all(this.#peers.map((peer) => peer.stop()));
    await this.#connections.close();
  }

  admits({ headers, query }: Omit<PostedHint, 'body'>): boolean {
    const given = bearerOf(headers.authorization) ?? query.get('secret');
    return given !== null && this.#secret.equals(given);
  }

  async post(posted: PostedHint): Promise<PostAnswer> {
    if (!this.admits(posted)) return { status: 401, message: 'This needs hints.webhook.secret.' };
    if (this.#heard === undefined) return { status: 503, message: 'The node takes no hints just now.' };
    const answer = this.#take(posted, this.#heard);
    if (answer.status >= 400) this.#refused += 1;
    return answer;
  }

  /** It listens while the node's HTTP does. Of several peers, one that is away is in trouble, and the transport works. */
  snapshot(): HintTransportSnapshot {
    const peers = this.#peers.map((peer) => peer.snapshot());
    const sns = this.#sns.snapshot();
    const [trouble] = [...peers, sns].flatMap((part) => part.trouble ?? []);
    const isCutOff = peers.length > 0 && peers.every((peer) => peer.trouble !== undefined);
    return {
      name: this.name,
      connected: this.#heard !== undefined && !isCutOff,
      listens: this.#listens,
      sent: peers.reduce((sum, { sent }) => sum + sent, 0),
      received: this.#received,
      dropped: peers.reduce((sum, { dropped }) => sum + dropped, 0),
      refused: this.#refused + sns.forged,
      ...(trouble !== undefined && { trouble }),
    };
  }

  #take({ headers, body }: PostedHint, heard: (what: Heard) => void): PostAnswer {
    const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
    if (type === hintType) {
      this.#received += 1;
      heard({ type: 'hint', bytes: body });
      return taken;
    }
    const value = parsedJson(body);
    const message = snsMessage(value);
    if (message !== undefined) {
      const notified = (text: string) => {
        if (!this.#notified(notificationText(text), heard)) this.#refused += 1;
      };
      return answersToSns[this.#sns.take(message, notified)];
    }
    return this.#notified(bucketNotification(value), heard) ? taken : noNotification;
  }

  #notified(written: ReturnType<typeof bucketNotification>, heard: (what: Heard) => void): boolean {
    if (this.#heard === undefined || written === undefined) return false;
    this.#received += 1;
    for (const keys of written) heard({ type: 'written', ...keys });
    return true;
  }
}

const taken: PostAnswer = { status: 202 };
const noNotification: PostAnswer = {
  status: 400,
  message: 'The body is neither a hint of Bucketcast nor an event notification of a bucket.',
};

const answersToSns: Readonly<Record<SnsVerdict, PostAnswer>> = {
  taken,
  'unknown-topic': { status: 403, message: 'The topic is not one of hints.webhook.snsTopics.' },
  'not-of-sns': { status: 403, message: 'An address in the message is not one of SNS, or it is not signed.' },
  busy: { status: 503, message: 'Too many messages of SNS are being checked.' },
};

/** Of the `/hints` of a node. */
function peerUrl(peer: string, index: number): URL {
  const url = URL.parse(peer);
  const path = `peers.${index}`;
  if (url === null) throw invalid(path, 'an address such as `https://web-2.example.org:7480`');
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw invalid(path, 'no user, query or fragment');
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/hints`;
  return url;
}

/** What was given is not shown: it may hold a secret. */
function invalid(name: string, expected: string): BucketcastError {
  return new BucketcastError('invalid-settings', `hints.webhook.${name}: expected ${expected}`);
}
