import type { Update } from '../../src/base/update.ts';

/** An update as a sink gets it; `time` counts up its stamp. */
export function sinkUpdate(fields: Partial<Update> & { readonly at?: number } = {}): Update {
  const { at = 1, ...rest } = fields;
  const time = Date.UTC(2026, 0, 31, 12) + at;
  return {
    id: String(at).padStart(32, '0'),
    url: 'https://example.com/feed.xml',
    content: `content ${at}`,
    data: null,
    kind: 'put',
    server: 'a',
    time,
    hlc: (BigInt(time) << 16n).toString(16).padStart(16, '0'),
    writer: 'a~w',
    lane: 0,
    sequence: at,
    index: 0,
    ...rest,
  };
}

/** The control of a delivery that nobody waits long for, with what it acknowledged. */
export function sinkControl() {
  const acknowledged: Update[] = [];
  const controller = new AbortController();
  return {
    acknowledged,
    ack: (upTo: Update) => void acknowledged.push(upTo),
    signal: controller.signal,
    abort: () => controller.abort(),
  };
}
