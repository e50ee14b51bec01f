/**
 * A program for a command sink in `stream` mode: keeps an index of titles, and blames updates that have none.
 *
 *   subscriptions:
 *     search:
 *       sink: { type: command, mode: stream, command: [node, examples/command-sink.ts] }
 *
 * A line comes in for each update and one goes out; what is for people goes to standard error, which the node logs. Try it:
 *
 *   echo '{"url":"https://example.com/a","kind":"put","content":{"title":"A"}}' | npx node examples/command-sink.ts
 */
import { createInterface } from 'node:readline';

interface Update {
  readonly url: string;
  readonly kind: 'put' | 'delete';
  /** Whatever somebody has published. */
  readonly content: { readonly title?: unknown } | null;
}

const titles = new Map<string, string>();

for await (const line of createInterface({ input: process.stdin })) {
  // The answer comes when the work is done for good: what has none comes again.
  console.log(take(JSON.parse(line) as Update));
}

function take({ url, kind, content }: Update): string {
  const title = content?.title;
  if (kind === 'delete') titles.delete(url);
  else if (typeof title === 'string') titles.set(url, title);
  else return JSON.stringify({ error: 'it has no title' });
  console.error(`${titles.size} titles after ${url}`);
  return 'ok';
}
