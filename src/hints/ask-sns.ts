import type { Dispatcher } from 'undici';
import type { Clock } from '../base/clock.ts';
import { unlessAborted } from '../base/unless-aborted.ts';
import { KiB } from '../config/units.ts';
import type { AskSns } from './sns-inbox.ts';

const mostBytes = 64 * KiB;

export interface AskParts {
  readonly agent: Dispatcher;
  readonly clock: Pick<Clock, 'after'>;
  /** For a whole answer. */
  readonly timeoutMs: number;
}

/** Asks by a GET, and follows no redirect: it would lead to addresses that nobody has looked at. */
export function askSnsBy({ agent, clock, timeoutMs }: AskParts): AskSns {
  return async ({ origin, pathname, search }, outer) => {
    const late = new AbortController();
    const cancel = clock.after(timeoutMs, () =>
      late.abort(new Error(`no answer within ${timeoutMs / 1000} s`)),
    );
    const signal = AbortSignal.any([outer, late.signal]);
    try {
      const asked = agent.request({ origin, path: pathname + search, method: 'GET', signal });
      const { statusCode, body } = await unlessAborted(signal, asked);
      const chunks: Buffer[] = [];
      let length = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        length += chunk.length;
        if (length > mostBytes) throw new Error(`the answer has more than ${mostBytes} bytes`);
        chunks.push(chunk);
      }
      if (statusCode !== 200) throw new Error(`the answer is ${statusCode}`);
      return Buffer.concat(chunks).toString();
    } finally {
      cancel();
    }
  };
}
