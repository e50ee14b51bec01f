/** Values shorter than that stand in any text by chance. */
const shortest = 4;

/** Text with `***` for each of the values, also where they stand as in JSON or in a URL. */
export function withoutValues(text: string, values: readonly string[]): string {
  const forms = values
    .flatMap((value) => [value, JSON.stringify(value).slice(1, -1), inUrl(value), outOfUrl(value)])
    .filter((form) => form.length >= shortest)
    // A value may be a part of another: whole ones first.
    .toSorted((a, b) => b.length - a.length);
  return [...new Set(forms)].reduce((cleaned, form) => cleaned.replaceAll(form, '***'), text);
}

function inUrl(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

function outOfUrl(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
