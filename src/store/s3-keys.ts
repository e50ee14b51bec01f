/** Listings are asked for with `encoding-type=url`, without which XML loses control characters. `+` is a space in it. */
export function decodeListed(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', '%20'));
  } catch {
    return text;
  }
}

/** Whether XML 1.0 can say the key; those that it cannot are deleted one by one. */
export function fitsXml(key: string): boolean {
  for (const character of key) {
    const point = character.codePointAt(0) as number;
    if (point < 0x20 || point === 0x7f || point === 0xfffe || point === 0xffff) return false;
  }
  return true;
}

/** S3 sends ETags in quotes, Ceph's gateway takes them without; inside this code they have none. */
export function bareEtag(etag: string | undefined): string {
  return (etag ?? '').replace(/^(?:W\/)?"(.*)"$/, '$1');
}
