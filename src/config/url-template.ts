/** A `{field}` of a template. */
export const templateField = /\{([^{}]*)\}/g;
const fields = ['path', 'name', 'stem'];

/** What is wrong with a `urlFrom` setting, if anything: a template must tell one file from another. */
export function urlFromFault(urlFrom: string): string | undefined {
  if (urlFrom === 'name' || urlFrom === 'sidecar') return undefined;
  const named = [...urlFrom.matchAll(templateField)].map(([, field]) => field as string);
  const unknown = named.find((field) => !fields.includes(field));
  if (unknown !== undefined) return `{${unknown}} is unknown`;
  if (named.length > 0) return undefined;
  return 'it is neither `name` nor `sidecar`, and a template without {path}, {name} or {stem} gives all files one URL';
}
