import type { Readable } from 'node:stream';
import type { Clock } from '../base/clock.ts';
import type { HttpAgent } from '../base/http-agent.ts';
import { unlessAborted } from '../base/unless-aborted.ts';
import { KiB } from '../config/units.ts';
import { type AgentOptions, openAgent } from './webhook-agent.ts';
import { outcomeOfAnswer, outcomeOfFailure, type WebhookOutcome } from './webhook-outcome.ts';
import type { WebhookTarget } from './webhook-target.ts';

/** Of an answer's body: what is read so that the connection can be used again, kept, and shown. */
const readBytes = 64 * KiB;
const keptBytes = 4 * KiB;
const shownCharacters = 200;

/** Sends requests to one endpoint and says what became of each. */
export class WebhookClient {
  readonly #target: WebhookTarget;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #connections: HttpAgent;

  constructor(target: WebhookTarget, options: AgentOptions & { readonly clock: Clock }) {
    this.#target = target;
    this.#clock = options.clock;
    this.#timeoutMs = options.timeoutMs;
    this.#connections = openAgent(options);
  }

  /** Never rejects. `headers` are those of this request only. */
  async post(
    body: Uint8Array,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<WebhookOutcome> {
    const controller = new AbortController();
    let end: WebhookOutcome = { result: 'aborted', message: 'was given up' };
    const onAbort = () => controller.abort();
    signal.addEventListener('abort', onAbort, { once: true });
    const cancel = this.#clock.after(this.#timeoutMs, () => {
      end = { result: 'timeout', message: `did not answer within ${this.#timeoutMs / 1000} s` };
      controller.abort();
    });
    try {
      if (signal.aborted) return end;
      return await this.#exchange(body, headers, controller.signal);
    } catch (error) {
      return controller.signal.aborted ? end : outcomeOfFailure(error);
    } finally {
      cancel();
      signal.removeEventListener('abort', onAbort);
    }
  }

  async close(): Promise<void> {
    await this.#connections.close();
  }

  async #exchange(
    body: Uint8Array,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<WebhookOutcome> {
    const { origin, path } = this.#target;
    const answered = this.#connections.agent.request({
      origin,
      path,
      method: 'POST',
      headers: { ...this.#target.headers, ...headers },
      body,
      signal,
    });
    // The HTTP client hears an abort only once it has a connection.
    const answer = await unlessAborted(signal, answered);
    // What the status says is heard already, so whatever the rest of the answer does takes nothing back.
    const text = this.#target.withoutSecrets(await beginning(answer.body));
    return outcomeOfAnswer(
      { status: answer.statusCode, headers: answer.headers, excerpt: excerptOf(text) },
      this.#clock.now(),
    );
  }
}

/** Reads a body to its end, or as far as is bearable, and gives what it begins with. An abort destroys it. Never rejects. */
async function beginning(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  body.on('error', () => {});
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      if (size < keptBytes) chunks.push(chunk);
      size += chunk.length;
      if (size > readBytes) break;
    }
  } catch {
    // Broken off: what came will do.
  }
  return Buffer.concat(chunks).toString('utf8', 0, keptBytes);
}

/** On one line and short. A secret that was cut in two at the end of what was kept is cut away. */
function excerptOf(text: string): string {
  const line = text
    .slice(0, keptBytes / 4)
    .replace(/[\p{C}\p{Z}]+/gu, ' ')
    .trim();
  return line.length <= shownCharacters ? line : `${line.slice(0, shownCharacters)}…`;
}
