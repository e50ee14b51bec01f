import type { IncomingHttpHeaders } from 'node:http';

/** A POST to `/hints`, as the node's HTTP hands it over. */
export interface PostedHint {
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
  /** At most `maxHintBytes`. */
  readonly body: Uint8Array;
}

export interface PostAnswer {
  readonly status: number;
  /** For a refusal: a sentence that says why. */
  readonly message?: string;
}

/** A transport that is posted to: `openWebhookHints` resolves with one, and `ServedNode.hints` leads to it. */
export interface HintDoor {
  /** Whether it carries what lets it in: asked before the body is read. Says nothing of the secret, also not by its time. */
  admits(request: Omit<PostedHint, 'body'>): boolean;
  /** Never throws. Before `start`, and after `stop`, it answers 503. */
  post(posted: PostedHint): Promise<PostAnswer>;
}
