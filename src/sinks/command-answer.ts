import { parseJsonText } from '../log/json-text.ts';
import type { Line } from './line-splitter.ts';

/** What a program says of one update; `unclear`: its line was too long to tell. */
export type CommandAnswer =
  | { readonly type: 'taken' }
  | { readonly type: 'poison'; readonly reason: string }
  | { readonly type: 'unclear' };

/** What begins so was meant as an error, though it is no JSON: a tab within the text, single quotes, nested too deep. */
const brokenError = /^\s*\{\s*["']?error\b/;

/** Any line takes the update, but `{"error": "…"}`, which blames it. */
export function readAnswer({ text, cut }: Line): CommandAnswer {
  if (cut) return { type: 'unclear' };
  const error = errorOf(text);
  if (error === undefined || error === null || error === false) return { type: 'taken' };
  return { type: 'poison', reason: typeof error === 'string' ? error : JSON.stringify(error) };
}

function errorOf(text: string): unknown {
  if (!text.trimStart().startsWith('{')) return undefined;
  try {
    const answer = parseJsonText(text) as { readonly error?: unknown };
    return Object.hasOwn(answer, 'error') ? answer.error : undefined;
  } catch {
    // Taken for an answer it would lose the update.
    return brokenError.test(text) ? text.trim() : undefined;
  }
}
