import { bytesText, timeText } from '../status/amounts.ts';
import type { FeedAnswer } from '../status/feed-state.ts';
import { printable } from './table.ts';

/** `updated 40 s ago by web-3`, and how far that can be trusted. */
export function headline({ kind, agoMs, server, index, ...feed }: FeedAnswer): string {
  const what = kind === 'delete' ? 'deleted' : 'updated';
  const behind = index.current ? '' : '; there may be newer ones that are not known here yet';
  const missing =
    'content' in feed ? '' : `; its ${bytesText(feed.contentBytes)} of content are not kept here`;
  return `${what} ${timeText(agoMs)} ago by ${printable(server)}${missing}${behind}`;
}

/**
 * Text and bytes as they are, everything else as JSON. Anybody who can write to the bucket has chosen them: a terminal gets no
 * control characters but line ends and tabs, and no bytes.
 */
export function contentText(
  { content, encoding, kind }: FeedAnswer,
  isTerminal: boolean,
): string | Uint8Array {
  if (content === undefined || kind === 'delete') return '';
  if (encoding === 'base64') {
    const bytes = Buffer.from(content as string, 'base64');
    return isTerminal ? `(${bytesText(bytes.length)} that are no text; write them to a file)\n` : bytes;
  }
  const text = typeof content === 'string' ? content : `${JSON.stringify(content, undefined, 2)}\n`;
  if (!isTerminal) return text;
  const shown = text.replace(/[^\n\t]+/g, printable);
  return shown.endsWith('\n') ? shown : `${shown}\n`;
}
