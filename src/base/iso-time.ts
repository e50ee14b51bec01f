const form = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?$/;

/**
 * Milliseconds since the epoch of an ISO 8601 date or time, `undefined` for everything else. Stricter than
 * `Date.parse`, which guesses, and makes 30 February the 2nd of March. A date alone is midnight UTC; a time without a
 * zone is in the machine's.
 */
export function parseIsoTime(text: string): number | undefined {
  const date = form.exec(text)?.[1];
  if (date === undefined) return undefined;
  const midnight = Date.parse(date);
  const time = Date.parse(text);
  if (Number.isNaN(midnight) || Number.isNaN(time)) return undefined;
  return new Date(midnight).toISOString().startsWith(date) ? time : undefined;
}
