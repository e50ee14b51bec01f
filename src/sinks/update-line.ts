import type { Update } from '../base/update.ts';
import { jsonContent } from '../log/json-content.ts';

/**
 * An update as one line of NDJSON, without the newline:
 *
 *   {"id":"…","url":"…","content":…,"data":…,"server":"…","time":"2026-01-31T12:00:00.000Z","kind":"put",
 *    "hlc":"…","writer":"…"}
 *
 * Content that is bytes is base64 in a string, and only then the object has `"encoding":"base64"` after it; so a JSON
 * string and bytes cannot be taken for each other. `time` is ISO 8601 in UTC. Which of two updates of a URL
 * is newer is told by `hlc`, then `writer`, compared as strings. Throws `corrupt` when the content
 * or data of the update is not JSON.
 */
export function updateLine(update: Update): string {
  return JSON.stringify({
    id: update.id,
    url: update.url,
    ...jsonContent(update.content),
    data: update.data,
    server: update.server,
    time: new Date(update.time).toISOString(),
    kind: update.kind,
    hlc: update.hlc,
    writer: update.writer,
  });
}
